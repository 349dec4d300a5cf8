import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { lentDatabase } from '../servers/lent.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { ADMIN_TOKEN, STANDALONES } from '../servers/standalones.ts';
import { signToken } from '../servers/tokens.ts';
import { type Service, startService } from '../telemetry/service.ts';

const EVERYTHING = { subscribe: ['*'], publish: ['*'], moderate: [] };
const ROUNDS = 5;

/** From the answer to a ban to the end of a stream, ms: what is promised, and what a machine that does much else may take. */
const PROMISED_MS = 1_000;
const CROWDED_MS = 15_000;

// That it ends them at all is in two-nodes.test.ts.
describe.runIf(postgresInstalled)('a ban', { timeout: 300_000 }, () => {
  const services: Service[] = [];

  beforeAll(async () => {
    const env = {
      ...STANDALONES.guarded,
      HISTORY_URL: await lentDatabase(),
      // A bus of its own in each process: what is banned is heard of from the store alone.
      BUS_URL: 'memory:',
      SESSION_SECRET: 'a secret that all nodes have',
    };
    for (const service of ['chat-service', 'broadcast-sse', 'broadcast-sse'] as const) {
      services.push(await startService(service, env));
    }
  }, 400_000);
  afterAll(async () => {
    for (const service of services) await service.stop();
  });

  it('ends the streams of the person on every node within a second, and no other streams', async () => {
    const [chat, ...nodes] = services.map(({ url }) => url);
    const read = async (node: string, sub: string) => {
      const headers = { Authorization: `Bearer ${signToken(sub, { carillon: EVERYTHING })}` };
      const answer = await fetch(`${node}/v1/channels/lobby/stream`, { headers });
      expect(answer.status).toBe(200);
      const stream = { text: '', ended: undefined as number | undefined };
      const reader = answer.body?.getReader();
      const decoder = new TextDecoder();
      void (async () => {
        for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read())
          stream.text += decoder.decode(piece.value, { stream: true });
      })().finally(() => {
        stream.ended = performance.now();
      });
      await eventually('open', () => stream.text.includes('event: open'), CROWDED_MS);
      return { stream, close: () => reader?.cancel() };
    };
    const others = await Promise.all(nodes.map((node) => read(node, 'bob')));
    const took: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const person = `eve-${round}`;
      const streams = await Promise.all(nodes.map((node) => read(node, person)));
      const banned = await fetch(`${chat}/v1/channels/lobby/bans/${person}`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ seconds: 600, reason: 'spam' }),
      });
      const answered = performance.now();
      expect(banned.status).toBe(200);
      for (const { stream } of streams) {
        await eventually('the end', () => stream.ended !== undefined, CROWDED_MS);
        expect(stream.text).toMatch(/event: denied\ndata: {"reason":"banned","channel":"lobby"/);
        took.push((stream.ended ?? 0) - answered);
      }
    }
    const sorted = took.toSorted((one, other) => one - other).map(Math.round);
    console.log(`a ban ended ${sorted.length} streams on two nodes after ${sorted.join(', ')} ms`);
    // Half of them: this machine runs other suites, and a poll that comes late says nothing of the nodes.
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(PROMISED_MS);
    for (const { stream, close } of others) {
      expect(stream.ended).toBeUndefined();
      await close();
    }
  });
});
