import { MAX_BODY_BYTES } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { Api } from '../faults/api.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { CLIENTS } from './clients.ts';
import { cutsOf } from './cuts.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { clientFolders, commandOf } from './installed.ts';
import { startOneEventServer } from './one-event-server.ts';
import { type Program, startProgram, urlOf } from './program.ts';

import { tryClient } from './trial.ts';

/** Each comes back nine times, after a second or two; on a busy machine many at once take longer. */
const WITHIN_MS = 900_000;

/** Decides where the streams are cut. Change it to look elsewhere. */
const SEED = 20_261_201;

/** Timers of some clients fire a little early. */
const CLOCK_GRAIN_MS = 100;

const titled = CLIENTS.map((client, index) => ({
  client,
  index,
  title: `${client.language} ${client.name} ${client.version}`,
}));

describe.runIf(clientFolders !== undefined)('a foreign client', () => {
  let server: Standalone;
  beforeAll(async () => {
    server = await startStandalone();
  });
  afterAll(() => server?.stop());

  const trials = titled.flatMap(({ client, index, title }) =>
    [1, 2].map((count) => ({
      client,
      title,
      channels: Array.from({ length: count }, (_, place) => `cut-${index}-${count}-${place}`),
      seed: SEED + index * 2 + count,
    })),
  );

  it.concurrent.each(trials)(
    'loses nothing where its streams are cut: $title, channels $channels.length, seed $seed',
    { timeout: WITHIN_MS },
    async ({ client, channels, seed }) => {
      const cuts = cutsOf(seed);
      const trial = await tryClient(client, server.port, channels, cuts);
      const { repeats, lost, late, empty, broken, told } = trial;
      expect(late).toEqual([]);
      // Its place is behind a message that it did not have. Of several channels not every message has an id.
      if (!client.takesIdEarly) expect(lost).toEqual([]);
      else if (channels.length === 1) expect(lost).toEqual(trial.cutAtLastByte);
      else expect(trial.cutAtLastByte).toEqual(expect.arrayContaining(lost));
      // It reads an event of one channel by luck: that is one chunk.
      if (client.readsNoChunks) expect(empty > 0).toBe(channels.length > 1);
      else if (client.takesWhatWasCut) {
        expect(broken).not.toEqual([]);
        expect(trial.twice.length).toBeLessThanOrEqual(repeats.onTheWire + cuts.length);
      } else {
        expect({ empty, broken, told }).toEqual({ empty: 0, broken: [], told: [] });
        expect(repeats.otherCursors).toBe(lost.length);
        // On a stream of one channel each event has its id: nothing has to come twice.
        if (channels.length === 1) expect(repeats.inevitable).toBe(0);
        expect(trial.twice.length).toBeLessThanOrEqual(repeats.inevitable);
      }
    },
  );

  it.concurrent.each(titled)(
    'has a message of the largest size: $title',
    { timeout: WITHIN_MS },
    async ({ client, index }) => {
      const channel = `large-${index}`;
      const api = new Api(server.port);
      const program = startProgram(commandOf(client), urlOf(client, server.port, [channel]));
      // As JSON each of them is two bytes.
      for (const body of ['before', '"'.repeat(MAX_BODY_BYTES), 'after'])
        expect((await api.post(channel, body)).status).toBe(201);
      const bodies = () => messagesOf(program).map(({ body }) => body.length);
      await eventually(
        `the message, of ${bodies()}`,
        () => bodies().length === 3 || program.ended,
        WITHIN_MS,
      );
      await program.end();
      api.close();
      expect(bodies()).toEqual([6, MAX_BODY_BYTES, 5]);
    },
  );

  it.concurrent.each(titled.filter(({ client }) => client.heartbeat !== undefined))(
    'stays on a stream that says nothing, by the heartbeat that it asks for: $title',
    { timeout: WITHIN_MS },
    async ({ client, index }) => {
      const { readTimeoutSeconds = 0, heartbeat = 0 } = client;
      const proxy = await startCuttingProxy(server.port, []);
      const program = startProgram(commandOf(client), urlOf(client, proxy.port, [`quiet-${index}`]));
      const heartbeats = () => program.lines.filter(({ event }) => event === 'heartbeat').length;
      // So many that it would have left without them, and a second time.
      const enough = Math.ceil((2 * readTimeoutSeconds) / heartbeat) + 1;
      await eventually('heartbeats', () => heartbeats() >= enough, WITHIN_MS);
      await program.end();
      await proxy.close();
      expect(proxy.streams.length).toBe(1);
    },
  );
});

/** Node's fetch leaves after five minutes: longer than anybody waits here. */
const LONGEST_SILENCE_SECONDS = 60;

const impatient = titled.filter(
  ({ client: { readTimeoutSeconds = Number.POSITIVE_INFINITY } }) =>
    readTimeoutSeconds <= LONGEST_SILENCE_SECONDS,
);

it.runIf(clientFolders !== undefined).concurrent.each(impatient)(
  'leaves a server that says nothing, after the time that docs/clients.md tells: $title',
  { timeout: WITHIN_MS },
  async ({ client }) => {
    const server = await startOneEventServer('data: 1\nid: e.1\n\n', 'silence');
    const program = startProgram(commandOf(client), server.url);
    await eventually('it to leave', () => server.stayedMs !== undefined, WITHIN_MS);
    await program.end();
    // Later on a busy machine; sooner never, but for the grain of its clock.
    expect(server.stayedMs).toBeGreaterThan((client.readTimeoutSeconds ?? 0) * 1_000 - CLOCK_GRAIN_MS);
    await server.close();
  },
);

it.runIf(clientFolders !== undefined).concurrent.each(titled.filter(({ client }) => client.endsAtDenied))(
  'is over when it is denied: $title',
  { timeout: WITHIN_MS },
  async ({ client }) => {
    const server = await startOneEventServer('event: denied\ndata: {"reason":"banned"}\n\n', 'end');
    const program = startProgram(commandOf(client), server.url);
    await eventually('its end', () => program.ended !== undefined, WITHIN_MS);
    await server.close();
    expect(program.lines.map(({ event }) => event)).toEqual(['denied']);
    expect(program.ended).toBe('exit code 0, signal null');
  },
);

function messagesOf({ lines }: Program): { body: string }[] {
  return lines.filter(({ event }) => event === 'message').map(({ data }) => JSON.parse(data));
}
