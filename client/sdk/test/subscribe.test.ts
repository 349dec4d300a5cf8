import { jsonFrame, logFrame } from '@carillon/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Carillon,
  type Hole,
  type PresenceEvent,
  type ResetEvent,
  type SubscribeOptions,
} from '../src/index.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { until } from './until.ts';

let server: ContractServer;
let carillon: Carillon;
const open: { close(): void }[] = [];

beforeEach(async () => {
  server = await startContractServer();
  carillon = new Carillon({ url: server.url, backoff: { baseMs: 4, maxMs: 30 } });
});
afterEach(async () => {
  for (const subscription of open.splice(0)) subscription.close();
  await server.close();
});

function follow(channels: string[], options: Partial<SubscribeOptions> = {}) {
  const bodies: string[] = [];
  const states: string[] = [];
  const resets: ResetEvent[] = [];
  const holes: Hole[] = [];
  const subscription = carillon.subscribe(channels, {
    onMessage: ({ body }) => bodies.push(body),
    onState: (state) => states.push(state.name === 'behind' ? `behind ${state.by}` : state.name),
    onReset: (reset) => resets.push(reset),
    onHole: (hole) => holes.push(hole),
    ...options,
  });
  open.push(subscription);
  return { subscription, bodies, states, resets, holes };
}

const streamRequests = () => server.requests.filter((line) => line.includes('stream'));
const heartbeat = (heads: Record<string, number>, more = {}) =>
  jsonFrame({ event: 'heartbeat' }, { time: new Date().toISOString(), heads, ...more });

it('a subscription hands on what is said, and tells that it is live', async () => {
  const { subscription, bodies, states } = follow(['lobby']);
  expect(subscription.state).toEqual({ name: 'connecting' });
  await until(() => states.at(-1) === 'live');
  server.say('lobby', 'one');
  server.say('lobby', 'two');
  await until(() => bodies.length === 2);
  expect(bodies).toEqual(['one', 'two']);
  expect(subscription.cursor).toBe('e1.2');
});

it('a subscription starts where it is asked to', async () => {
  for (const body of ['a', 'b', 'c', 'd']) server.say('lobby', body);
  const last = follow(['lobby'], { since: '-2' });
  const rest = follow(['lobby'], { since: '-2', cursor: 'e1.1' });
  await until(() => last.bodies.length === 2 && rest.bodies.length === 3);
  expect(last.bodies).toEqual(['c', 'd']);
  expect(rest.bodies).toEqual(['b', 'c', 'd']);
});

it('a subscription tells who is on its channels, and stands where it stood', async () => {
  const told: PresenceEvent[] = [];
  const { subscription, bodies, states } = follow(['lobby'], { onPresence: (present) => told.push(present) });
  await until(() => states.at(-1) === 'live');
  server.say('lobby', 'one');
  const present = { channel: 'lobby', count: 1, anonymous: 2, people: [{ id: 'ada', name: 'Ada' }] };
  server.write(jsonFrame({ event: 'presence' }, present));
  await until(() => told.length === 1);
  expect([told, bodies, subscription.cursor]).toEqual([[present], ['one'], 'e1.1']);
});

it('a closed subscription hands nothing on', async () => {
  const { subscription, bodies, states } = follow(['lobby']);
  await until(() => states.at(-1) === 'live');
  subscription.close();
  await until(() => server.streams.size === 0);
  server.say('lobby', 'unheard');
  const later = follow(['lobby'], { since: 'earliest' });
  await until(() => later.bodies.length === 1);
  expect(bodies).toEqual([]);
});

it('a closed subscription stays closed when it is taken up', async () => {
  const { subscription, states } = follow(['lobby']);
  await until(() => states.at(-1) === 'live');
  subscription.close();
  await until(() => server.streams.size === 0);
  const before = server.requests.length;
  subscription.resume();
  // One that is opened after it has its stream: so would this one.
  const later = follow(['lobby']);
  await until(() => later.states.at(-1) === 'live');
  expect(server.requests.length - before).toBe(1);
});

it('a listener that closes its subscription gets nothing more of the same burst', async () => {
  for (let n = 1; n <= 5; n++) server.say('lobby', `m${n}`);
  const got: string[] = [];
  const { subscription } = follow(['lobby'], {
    since: 'earliest',
    onMessage({ body }) {
      got.push(body);
      subscription.close();
    },
  });
  await until(() => got.length > 0 && server.streams.size === 0);
  expect(got).toEqual(['m1']);
});

describe('a stream that is cut', () => {
  it('goes on where it stood, each message once, over many cuts', async () => {
    const { bodies } = follow(['lobby'], { since: 'earliest' });
    const said: string[] = [];
    for (let n = 1; n <= 40; n++) {
      server.say('lobby', `m${n}`);
      said.push(`m${n}`);
      if (n % 4 === 0) {
        await until(() => server.streams.size > 0);
        server.cut();
      }
    }
    await until(() => bodies.length >= 40);
    expect(bodies).toEqual(said);
  });

  it('in the middle of an event does not lose or halve it', async () => {
    const { bodies, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.skipped.add(1);
    const message = server.say('lobby', 'whole');
    server.write(logFrame('e1', message).slice(0, 40));
    server.cut();
    await until(() => bodies.length === 1);
    expect(bodies).toEqual(['whole']);
    expect(states).toContain('reconnecting');
    expect(streamRequests().at(-1)).toContain('cursor=e1.0');
  });

  it('comes back after answers that make EventSource give up', async () => {
    const { bodies, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.misanswer(/stream/, { status: 503, code: 'history_away' });
    server.misanswer(/stream/, { status: 502 });
    server.misanswer(/stream/, { status: 204 });
    server.misanswer(/stream/, { status: 200, headers: { 'content-type': 'text/html' } });
    server.cut();
    server.say('lobby', 'missed');
    await until(() => bodies.length === 1);
    await until(() => states.at(-1) === 'live');
  });

  it('is opened at first also when the server answers 503 first', async () => {
    server.misanswer(/stream/, { status: 503, code: 'history_away' });
    const { states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    expect(states).toEqual(['live']);
  });

  it('is given up when it holds an event that is not JSON', async () => {
    const { bodies, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.write('data: {"chan\n\n');
    await until(() => streamRequests().length === 2);
    server.say('lobby', 'after');
    await until(() => bodies.length === 1);
  });
});

it('a post that waits to be tried again is tried when a stream is back', async () => {
  const patient = new Carillon({ url: server.url, backoff: { baseMs: 60_000, maxMs: 60_000 } });
  server.misanswer(/POST/, { status: 503, code: 'history_away' });
  const posted = patient.post('lobby', 'hello', { retryForMs: 600_000 });
  await until(() => server.requests.some((line) => line.startsWith('POST')));
  // Another round trip: by now the answer to the post is here, and it waits.
  await patient.session();
  const bodies: string[] = [];
  open.push(patient.subscribe(['lobby'], { onMessage: ({ body }) => bodies.push(body) }));
  expect((await posted).seq).toBe(1);
  await until(() => bodies.length === 1);
});

it('a stream that falls silent is given up for a new one, and a heartbeat keeps it', async () => {
  const { bodies, states } = follow(['lobby'], { silenceMs: 3_000 });
  await until(() => states.at(-1) === 'live');
  for (let n = 0; n < 40; n++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.write(heartbeat({ lobby: 0 }));
  }
  expect(streamRequests()).toHaveLength(1);
  server.skipped.add(1);
  server.say('lobby', 'not sent');
  await until(() => bodies.length === 1);
  expect(streamRequests()[1]).toContain('cursor=e1.0');
  expect(states).toContain('reconnecting');
});

it('a message that comes twice is handed on once', async () => {
  const { bodies, states } = follow(['lobby']);
  await until(() => states.at(-1) === 'live');
  const message = server.say('lobby', 'once');
  server.write(logFrame('e1', message).repeat(3));
  server.say('lobby', 'then');
  await until(() => bodies.includes('then'));
  expect(bodies).toEqual(['once', 'then']);
});

describe('a hole', () => {
  it('is read from the log before the stream goes on, and is told', async () => {
    const { bodies, holes, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.say('lobby', 'm1');
    for (const seq of [2, 3, 4]) server.skipped.add(seq);
    for (let n = 2; n <= 6; n++) server.say('lobby', `m${n}`);
    await until(() => bodies.length === 6);
    expect(bodies).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    await until(() => holes.length === 1);
    expect(holes).toEqual([{ channel: 'lobby', from: 2, to: 4 }]);
    expect(streamRequests()).toHaveLength(1);
  });

  it('whose messages are gone is told as a reset', async () => {
    const { bodies, resets, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.say('lobby', 'm1');
    for (const seq of [2, 3, 4]) server.skipped.add(seq);
    server.behaviour.earliest = 4;
    for (let n = 2; n <= 5; n++) server.say('lobby', `m${n}`);
    await until(() => bodies.length === 3);
    expect(bodies).toEqual(['m1', 'm4', 'm5']);
    expect(resets).toMatchObject([{ channel: 'lobby', reason: 'expired', from: 4 }]);
  });

  it('that cannot be read is asked for again by the stream', async () => {
    const { bodies, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.misanswer(/GET .*events/, { status: 404, code: 'not_found' });
    server.skipped.add(1);
    for (let n = 1; n <= 3; n++) server.say('lobby', `m${n}`);
    await until(() => bodies.length === 3);
    expect(bodies).toEqual(['m1', 'm2', 'm3']);
    expect(streamRequests()[1]).toContain('cursor=e1.0');
  });
});

describe('what the server tells', () => {
  it('drain: the client returns with its cursor after the wait it is given, though it is cut at once', async () => {
    const { bodies, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.say('lobby', 'm1');
    await until(() => bodies.length === 1);
    server.write(jsonFrame({ event: 'drain', retry: 400 }, { retry: 400 }));
    const start = performance.now();
    server.streams.forEach(({ response }) => void response.end());
    await until(() => streamRequests().length === 2);
    // Without it the wait is of 30 ms at most.
    expect(performance.now() - start).toBeGreaterThan(300);
    expect(streamRequests()[1]).toContain('cursor=e1.1');
  });

  it('drain: a stream that is not cut goes on until then', async () => {
    const { bodies, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.write(jsonFrame({ event: 'drain' }, { retry: 3_000 }));
    server.say('lobby', 'still here');
    await until(() => bodies.length === 1);
    expect(streamRequests()).toHaveLength(1);
    await until(() => streamRequests().length === 2 && server.streams.size === 1);
    expect(states.filter((state) => state !== 'live' && !state.startsWith('behind'))).toEqual([]);
  });

  it('reset: it is handed on, and the stream goes on with what the server says', async () => {
    const { bodies, resets, states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    const old = server.say('lobby', 'old');
    await until(() => bodies.length === 1);
    const reset = {
      channel: 'lobby',
      reason: 'epoch',
      from: 1,
      head: 1,
      history: '/v1/channels/lobby/messages',
    };
    server.write(jsonFrame({ event: 'reset' }, reset));
    server.write(logFrame('e2', { ...old, body: 'new' }));
    await until(() => bodies.length === 2);
    expect(bodies).toEqual(['old', 'new']);
    expect(resets).toEqual([reset]);
    expect(states.at(-1)).toBe('live');
  });

  it('heartbeat: how far behind, and that the store is away', async () => {
    const { states } = follow(['lobby']);
    await until(() => states.at(-1) === 'live');
    server.write(heartbeat({ lobby: 3 }));
    await until(() => states.at(-1) === 'behind 3');
    server.write(heartbeat({ lobby: 3 }, { history: 'away' }));
    await until(() => states.at(-1) === 'waiting');
    for (let n = 1; n <= 3; n++) server.say('lobby', `m${n}`);
    server.write(heartbeat({ lobby: 3 }));
    await until(() => states.at(-1) === 'live');
  });
});

it('several channels share a stream, and come back with one cursor', async () => {
  const { subscription, bodies, states } = follow(['lobby', 'team']);
  await until(() => states.at(-1) === 'live');
  server.say('lobby', 'l1');
  server.say('team', 't1');
  await until(() => bodies.length === 2);
  const whole = /^e1\.[a-z0-9]+\.1,1$/;
  await until(() => whole.test(subscription.cursor ?? ''));
  server.cut();
  server.say('team', 't2');
  server.say('lobby', 'l2');
  await until(() => bodies.length === 4);
  expect([...bodies].sort()).toEqual(['l1', 'l2', 't1', 't2']);
  expect(new URL(`http://x${streamRequests()[1]?.slice(4)}`).searchParams.get('cursor')).toMatch(whole);
});
