import type { Message } from '@carillon/protocol';
import { expect, it } from 'vitest';
import { propertyRuns } from '../property-runs.ts';
import { startStandalone } from '../servers/standalone.ts';
import { Api, seqs, upTo } from './api.ts';
import { type Follower, follow, messagesOf, withoutRepeats } from './follower.ts';

const KILLS = propertyRuns(1, 3);
const POSTS = propertyRuns(600, 2_000);
/** Concurrent posts. With one kill only, some must not have been sent yet, or a fast server could have answered them all. */
const CONNECTIONS = propertyRuns(200, 2_000);
const CHANNELS = ['k0', 'k1', 'k2', 'k3'];
/** The kill comes after a random number of answers below this, so that posts are in flight: the server is ahead of what is read here. */
const MAX_ANSWERS = 0.6 * POSTS;

const soon = { timeout: 120_000, interval: 100 };

interface Post {
  key: string;
  channel: string;
  body: string;
}

it('what was acknowledged survives SIGKILL amid many concurrent posts, repeats are stored once, and streams go on where they were', async () => {
  const server = await startStandalone();
  const single = CHANNELS.map((channel) => follow(server.port, [channel]));
  const several = follow(server.port, CHANNELS);
  const known = new Map<string, Message>();
  /** Posts in flight that a kill has caught. */
  let caught = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    const posts = draw(kill);
    const answered = await postAndKill(posts);
    for (const [key, message] of answered) known.set(key, message);
    await server.restart();

    const log = await readLogs();
    for (const [key, message] of known) expect(log.get(key)).toEqual(message);

    const unanswered = posts.filter(({ key }) => !answered.has(key));
    caught += unanswered.length;
    for (const [key, message] of await repeat(unanswered, log)) known.set(key, message);
  }

  expect(caught).toBeGreaterThan(0);
  const log = await readLogs();
  expect(log.size).toBe(KILLS * POSTS);
  expect(log).toEqual(known);
  for (const [index, channel] of CHANNELS.entries()) {
    const whole = [...log.values()].filter((message) => message.channel === channel);
    await has(single[index] as Follower, whole.length);
    expect(messagesOf(single[index]?.arrivals ?? [], channel)).toEqual(whole);
  }
  await has(several, KILLS * POSTS);
  const once = withoutRepeats(several.arrivals);
  for (const channel of CHANNELS) {
    expect(messagesOf(once, channel)).toEqual(
      [...log.values()].filter((message) => message.channel === channel),
    );
  }
  for (const { others } of [...single, several])
    expect(others.filter(({ name }) => name === 'reset')).toEqual([]);
  await Promise.all([...single, several].map((follower) => follower.close()));
  await server.stop();

  function draw(kill: number): Post[] {
    return Array.from({ length: POSTS }, (_, index) => ({
      key: `${kill}-${index}`,
      channel: CHANNELS[index % CHANNELS.length] as string,
      body: `post ${kill}-${index} ${'é'.repeat(Math.floor(Math.random() * 300))}`,
    }));
  }

  /** As many at once as there are connections. Gives those that got their 201. */
  async function postAndKill(posts: readonly Post[]): Promise<Map<string, Message>> {
    const api = new Api(server.port, CONNECTIONS);
    const answered = new Map<string, Message>();
    const killAfter = 1 + Math.floor(Math.random() * MAX_ANSWERS);
    let killed: Promise<void> | undefined;
    await Promise.allSettled(
      posts.map(async ({ key, channel, body }) => {
        const { status, text } = await api.post(channel, body, key);
        expect(status).toBe(201);
        answered.set(key, JSON.parse(text));
        if (answered.size >= killAfter) killed ??= server.kill();
      }),
    );
    await killed;
    api.close();
    return answered;
  }

  /** Every message by its key; each channel without a hole, each key once. */
  async function readLogs(): Promise<Map<string, Message>> {
    const api = new Api(server.port);
    const logs = await Promise.all(CHANNELS.map((channel) => api.log(channel)));
    api.close();
    for (const messages of logs) expect(seqs(messages)).toEqual(upTo(messages.length));
    const byKey = new Map(logs.flat().map((message) => [message.key ?? '', message]));
    expect(byKey.size).toBe(logs.flat().length);
    return byKey;
  }

  /** Posts again what had no answer: 200 and the first one's seq where it was stored after all, else 201. */
  async function repeat(
    posts: readonly Post[],
    log: ReadonlyMap<string, Message>,
  ): Promise<Map<string, Message>> {
    const api = new Api(server.port, 100);
    const repeated = await Promise.all(
      posts.map(async ({ key, channel, body }) => {
        const { status, text } = await api.post(channel, body, key);
        const stored = log.get(key);
        expect(status).toBe(stored === undefined ? 201 : 200);
        const message = JSON.parse(text) as Message;
        expect(message).toMatchObject({ key, channel, body });
        if (stored !== undefined) expect(message).toEqual(stored);
        return [key, message] as const;
      }),
    );
    api.close();
    return new Map(repeated);
  }

  async function has(follower: Follower, count: number): Promise<void> {
    await expect.poll(() => withoutRepeats(follower.arrivals).length, soon).toBe(count);
  }
}, 480_000);
