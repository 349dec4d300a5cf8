import { jsonFrame } from '@carillon/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Carillon, type DeniedEvent, type Token } from '../src/index.ts';
import { tokensFrom } from '../src/token.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { until } from './until.ts';

let server: ContractServer;
/** By token: when it ends, ms since 1970. */
let good: Map<string, number>;
const open: { close(): void }[] = [];
const WITHIN_MS = 20_000;

beforeEach(async () => {
  server = await startContractServer();
  good = new Map();
  server.behaviour.tokens = good;
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.close();
  await server.close();
});

const client = (token: Token) => new Carillon({ url: server.url, token, backoff: { baseMs: 4, maxMs: 30 } });

/** Gives t1, t2, … each good for so long. */
function issuer(lastsMs: number) {
  const issued: string[] = [];
  const token = () => {
    const name = `t${issued.length + 1}`;
    issued.push(name);
    good.set(name, Date.now() + lastsMs);
    return name;
  };
  return { token, issued };
}

function follow(carillon: Carillon) {
  const bodies: string[] = [];
  const denied: DeniedEvent[] = [];
  const states: string[] = [];
  open.push(
    carillon.subscribe(['lobby'], {
      onMessage: ({ body }) => bodies.push(body),
      onDenied: (event) => denied.push(event),
      onState: ({ name }) => states.push(name),
    }),
  );
  return { bodies, denied, states };
}
const tickets = () => server.requests.filter((line) => line === 'POST /v1/tickets');
const live = () => [...server.streams].map(({ token }) => token);

describe('calls', () => {
  it('carry the token, which is asked for once', async () => {
    const { token, issued } = issuer(60_000);
    const carillon = client(token);
    await Promise.all([carillon.post('lobby', 'a'), carillon.post('lobby', 'b'), carillon.page('lobby')]);
    expect(issued).toEqual(['t1']);
  });

  it('that are refused are made once more with another token, which they share', async () => {
    const { token, issued } = issuer(60_000);
    const carillon = client(async () => token());
    await carillon.session();
    good.clear();
    const posted = await Promise.all([carillon.post('lobby', 'a'), carillon.post('lobby', 'b')]);
    expect(posted.map(({ body }) => body)).toEqual(['a', 'b']);
    expect(issued).toEqual(['t1', 't2']);
  });

  it('fail where the other token is refused too, and where there is only one', async () => {
    for (const token of ['bad', () => 'bad']) {
      await expect(client(token).session()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
    }
    expect(server.requests).toHaveLength(3);
  });

  it('are tried again while no token can be had', async () => {
    good.set('late', Date.now() + 60_000);
    let asked = 0;
    const carillon = client(async () => {
      asked++;
      if (asked < 3) throw new Error('the sign-in server is away');
      return 'late';
    });
    await carillon.session();
    expect(asked).toBe(3);
  });
});

describe('a token that never comes', () => {
  const never = () => new Promise<string>(() => {});

  it('does not hold a call that is given up', async () => {
    const calling = client(never).session({ signal: AbortSignal.timeout(20) });
    await expect(calling).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('is asked for again by the next call', async () => {
    vi.useFakeTimers();
    try {
      let asked = 0;
      const tokens = tokensFrom(() => (++asked === 1 ? never() : 'late'));
      const first = expect(tokens.current()).rejects.toThrow('did not come');
      await vi.advanceTimersByTimeAsync(10_000);
      await first;
      expect(await tokens.current()).toBe('late');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a stream', () => {
  it('is opened with a ticket, another for each, and the token is in no URL', async () => {
    const { token } = issuer(60_000);
    const { states, bodies } = follow(client(token));
    await until(() => states.at(-1) === 'live', WITHIN_MS);
    server.cut();
    server.say('lobby', 'after');
    await until(() => bodies.length === 1, WITHIN_MS);
    expect(tickets()).toHaveLength(2);
    expect(server.requests.join()).not.toMatch(/t1/);
  });

  it('is replaced before it expires, with another token, and nothing is lost or told twice', async () => {
    const { token, issued } = issuer(2_000);
    const { bodies, states, denied } = follow(client(token));
    await until(() => states.at(-1) === 'live', WITHIN_MS);
    const said: string[] = [];
    let most = 0;
    while (issued.length < 4) {
      const body = `m${said.length}`;
      server.say('lobby', body);
      said.push(body);
      most = Math.max(most, server.streams.size);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await until(() => bodies.length === said.length, WITHIN_MS);
    expect(bodies).toEqual(said);
    expect(denied).toEqual([]);
    // It was there all the time: the next was opened before the one before it was let go.
    expect(states).not.toContain('reconnecting');
    await until(() => live().length === 1, WITHIN_MS);
    expect(most).toBeGreaterThanOrEqual(1);
    expect(live()[0]).not.toBe('t1');
  }, 60_000);

  it('is not replaced over and over where the token stays the same', async () => {
    good.set('same', Date.now() + 1_500);
    const { states, denied } = follow(client(() => 'same'));
    await until(() => states.at(-1) === 'live', WITHIN_MS);
    await until(() => Date.now() > (good.get('same') ?? 0), WITHIN_MS);
    expect(tickets().length).toBeLessThanOrEqual(2);
    server.write(jsonFrame({ event: 'denied' }, { reason: 'expired', detail: 'over' }));
    await until(() => denied.length === 1, WITHIN_MS);
    expect(denied[0]?.reason).toBe('expired');
  });

  it('that has expired goes on with another token, from where it stood', async () => {
    const { token, issued } = issuer(600_000);
    const { states, bodies, denied } = follow(client(token));
    await until(() => states.at(-1) === 'live', WITHIN_MS);
    good.delete('t1');
    server.write(jsonFrame({ event: 'denied' }, { reason: 'expired', detail: 'over' }));
    server.say('lobby', 'meanwhile');
    await until(() => bodies.length === 1, WITHIN_MS);
    await until(() => live().join() === 't2', WITHIN_MS);
    expect([issued, denied, bodies]).toEqual([['t1', 't2'], [], ['meanwhile']]);
  });

  it('is denied where there is only one token and it has expired, or was never good', async () => {
    good.set('one', Date.now() + 600_000);
    const expired = follow(client('one'));
    await until(() => expired.states.at(-1) === 'live', WITHIN_MS);
    server.write(jsonFrame({ event: 'denied' }, { reason: 'expired', detail: 'over' }));
    const bad = follow(client('bad'));
    await until(() => expired.denied.length === 1 && bad.denied.length === 1, WITHIN_MS);
    expect([expired.denied[0]?.reason, bad.denied[0]?.reason]).toEqual(['expired', 'expired']);
    expect(expired.states.at(-1)).toBe('denied');
  });

  it('is opened at last where the server could not make a ticket at first', async () => {
    const { token } = issuer(60_000);
    server.misanswer(/tickets/, { status: 503, code: 'history_away' });
    server.misanswer(/tickets/, { status: 0, cutAfterWork: true });
    const { states } = follow(client(token));
    await until(() => states.at(-1) === 'live', WITHIN_MS);
  });

  it('without a token is asked why it was refused, and says so', async () => {
    const { denied } = follow(new Carillon({ url: server.url, backoff: { baseMs: 4, maxMs: 30 } }));
    await until(() => denied.length === 1, WITHIN_MS);
    expect(denied).toEqual([{ reason: 'expired', detail: 'Sign in.' }]);
  });
});
