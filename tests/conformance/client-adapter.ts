import {
  Carillon,
  CarillonError,
  isKnownChange,
  type SubscribeOptions,
  type Subscription,
} from '@carillon/client';
import type { Line } from './subject.ts';

/** Carries out commands with the SDK, and reports what an application sees. It runs in Node and in a browser. */
export function createAdapter(tell: (line: Line) => void) {
  let subscription: Subscription | undefined;

  function subscribe(command: Record<string, unknown>): void {
    const { channels, since, cursor, silenceMs } = command as unknown as SubscribeOptions & {
      channels: string[];
    };
    subscription = client(command).subscribe(channels, {
      ...(since === undefined ? {} : { since }),
      ...(cursor === undefined ? {} : { cursor }),
      ...(silenceMs === undefined ? {} : { silenceMs }),
      onMessage: ({ channel, seq, body }) =>
        tell({ saw: 'message', channel, seq, body: body.length > 100 ? `${body.length} characters` : body }),
      onChange(change) {
        if (!isKnownChange(change)) return;
        const { type, channel, seq } = change;
        tell({ saw: type, channel, seq, ...('target' in change ? { target: change.target } : {}) });
      },
      onReset: ({ channel, reason, from }) => tell({ saw: 'reset', channel, reason, from }),
      onTyping: ({ channel, people }) => tell({ saw: 'typing', channel, people: people.map(({ id }) => id) }),
      onPresence: ({ channel, count }) => tell({ saw: 'presence', channel, count }),
      onDenied: ({ reason }) => tell({ saw: 'denied', reason }),
      onState: ({ name }) => tell({ saw: 'state', name }),
    });
  }

  function post(command: Record<string, unknown>): void {
    const { channel, body } = command as { channel: string; body: string };
    client(command)
      .post(channel, body)
      .then(
        ({ seq }) => tell({ saw: 'posted', seq }),
        (error) => tell({ saw: 'failed', code: error instanceof CarillonError ? error.code : String(error) }),
      );
  }

  function client({ url, backoff, tokens }: Record<string, unknown>): Carillon {
    const left = [...((tokens as string[] | undefined) ?? [])];
    return new Carillon({
      url: url as string,
      backoff: backoff as { baseMs: number; maxMs: number },
      ...(tokens === undefined ? {} : { token: () => (left.length > 1 ? left.shift() : left[0]) ?? '' }),
    });
  }

  return {
    command(command: Record<string, unknown>): void {
      if (command.do === 'subscribe') subscribe(command);
      else if (command.do === 'post') post(command);
      else {
        subscription?.close();
        subscription = undefined;
        tell({ saw: 'closed' });
      }
    },
  };
}
