import { Carillon, type LogEvent, type Subscription } from '@carillon/client';

/** A program on the SDK that shows channels from their beginning. After a reset it reads again what is there. */
export class Application {
  readonly resets: { channel: string; reason: string }[] = [];
  readonly #shown = new Map<string, Map<number, string>>();
  readonly #subscription: Subscription;

  constructor(url: string, channels: readonly string[]) {
    const carillon = new Carillon({ url });
    this.#subscription = carillon.subscribe(channels, {
      since: 'earliest',
      onMessage: (message) => this.#show(message),
      onReset: ({ channel, reason, from }) => {
        this.resets.push({ channel, reason });
        this.#shown.delete(channel);
        void this.#read(carillon, channel, from);
      },
    });
  }

  /** What it shows of a channel, in order. */
  bodies(channel: string): string[] {
    const shown = [...(this.#shown.get(channel) ?? [])];
    return shown.sort(([a], [b]) => a - b).map(([, body]) => body);
  }

  close(): void {
    this.#subscription.close();
  }

  async #read(carillon: Carillon, channel: string, from: number): Promise<void> {
    for (let after = 0; after < from - 1; ) {
      const { events } = await carillon.log(channel, { after, limit: 100 });
      for (const event of events) if (event.seq < from) this.#show(event);
      after = events.at(-1)?.seq ?? from;
    }
  }

  #show(event: LogEvent): void {
    if ('type' in event) return;
    const shown = this.#shown.get(event.channel) ?? new Map<number, string>();
    this.#shown.set(event.channel, shown.set(event.seq, event.body));
  }
}
