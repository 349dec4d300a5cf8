import type { Cluster, Node } from './cluster.ts';
import { cutConnections, losePackets, mayHarmNetwork } from './network.ts';
import { LATE_MS } from './punctuality.ts';
import type { Reader } from './reader.ts';
import type { Finding } from './trial.ts';

/** One fault, done to a cluster under load. */
export interface Scenario {
  /** As a row of the table has it. */
  readonly fault: string;
  /** How long the fault lasts, ms: in `npm run faults`, and in `npm test` where that is shorter. */
  readonly lastsMs: number;
  readonly lastsInTestsMs?: number;
  /** Makes the fault, and gives what ends it. */
  /** It is made by `network.ts`, which needs leave to. */
  readonly isOfNetwork?: boolean;
  /** Made only by `npm run faults`: what `npm test` would take longer for is covered by another. */
  readonly isRare?: boolean;
  /** Whether what was found shows that the fault was felt, where it should be and only there. */
  readonly isExpected?: (finding: Finding) => boolean;
  readonly strike: (cluster: Cluster, readers: readonly Reader[]) => Promise<() => Promise<void> | void>;
}

/** Of all readers of a trial together. */
const STREAMS = 8;

/** With the bus a message is with its readers in some milliseconds; by asking the store, half a second in the middle. */
const WITHOUT_BUS_MS = 500;

/** As long as a supervisor takes to start a process again. */
const DOWN_MS = 3_000;
const FROZEN_MS = 30_000;
const FROZEN_IN_TESTS_MS = 6_000;

const all: readonly Scenario[] = [
  {
    fault: 'none',
    isRare: true,
    lastsMs: 3_000,
    strike: async () => () => {},
  },
  {
    fault: 'broadcast node: kill -9',
    lastsMs: DOWN_MS,
    isExpected: ({ cuts }) => cuts > 0,
    async strike({ broadcast }) {
      const node = await busiest(broadcast);
      await node.kill();
      return () => node.restart();
    },
  },
  {
    fault: 'broadcast node: SIGSTOP',
    isRare: true,
    // Until nginx and the SDK have given it up, and some more.
    lastsMs: 100_000,
    isExpected: ({ cuts, normalAfterMs, lastedMs }) => cuts > 0 && normalAfterMs < lastedMs,
    async strike({ broadcast }) {
      const node = await busiest(broadcast);
      node.freeze();
      return () => node.thaw();
    },
  },
  {
    fault: 'both broadcast nodes: kill -9',
    isRare: true,
    lastsMs: DOWN_MS,
    isExpected: ({ cuts }) => cuts >= STREAMS,
    async strike({ broadcast }) {
      await Promise.all(broadcast.map((node) => node.kill()));
      return async () => void (await Promise.all(broadcast.map((node) => node.restart())));
    },
  },
  {
    fault: 'chat node: kill -9',
    lastsMs: DOWN_MS,
    async strike({ chat: [node] }) {
      await node?.kill();
      return async () => node?.restart();
    },
  },
  {
    fault: 'both chat nodes: kill -9',
    isRare: true,
    lastsMs: DOWN_MS,
    isExpected: ({ repeated }) => repeated > 0,
    async strike({ chat }) {
      await Promise.all(chat.map((node) => node.kill()));
      return async () => void (await Promise.all(chat.map((node) => node.restart())));
    },
  },
  {
    fault: 'Mosquitto: kill -9',
    lastsMs: DOWN_MS,
    isExpected: onlyDeliveriesWait,
    async strike({ mosquitto }) {
      await mosquitto.kill();
      return () => mosquitto.restart();
    },
  },
  {
    fault: 'Mosquitto: SIGSTOP',
    lastsMs: FROZEN_MS,
    lastsInTestsMs: FROZEN_IN_TESTS_MS,
    isExpected: onlyDeliveriesWait,
    async strike({ mosquitto }) {
      mosquitto.freeze();
      return () => mosquitto.thaw();
    },
  },
  {
    fault: 'Kafka: kill -9',
    lastsMs: DOWN_MS,
    isExpected: isNotNoticed,
    async strike({ kafka }) {
      await kafka.kill();
      return () => kafka.restart();
    },
  },
  {
    fault: 'Redis: flushed, then kill -9',
    lastsMs: DOWN_MS,
    isExpected: isNotNoticed,
    async strike({ redis }) {
      await redis.command('FLUSHALL');
      await redis.kill();
      return () => redis.restart();
    },
  },
  {
    fault: 'PostgreSQL: restarted',
    lastsMs: 0,
    isExpected: ({ repeated }) => repeated > 0,
    async strike({ postgres }) {
      await postgres.kill('SIGINT');
      return () => postgres.restart();
    },
  },
  {
    fault: 'PostgreSQL: kill -9',
    isRare: true,
    lastsMs: DOWN_MS,
    isExpected: ({ repeated }) => repeated > 0,
    async strike({ postgres }) {
      await postgres.kill();
      return () => postgres.restart();
    },
  },
  {
    fault: 'nginx: reloaded',
    lastsMs: DOWN_MS,
    async strike({ nginx }) {
      await nginx.reload();
      return () => {};
    },
  },
  {
    fault: 'nginx: kill -9',
    lastsMs: DOWN_MS,
    isExpected: ({ cuts, repeated }) => cuts >= STREAMS && repeated > 0,
    async strike({ nginx }) {
      await nginx.kill();
      return () => nginx.restart();
    },
  },
  {
    fault: 'every connection cut',
    isOfNetwork: true,
    lastsMs: 0,
    isExpected: ({ cuts }) => cuts >= STREAMS,
    async strike({ ports }) {
      cutConnections(ports);
      return () => {};
    },
  },
  {
    fault: 'readers: SIGSTOP',
    lastsMs: FROZEN_MS,
    lastsInTestsMs: FROZEN_IN_TESTS_MS,
    isExpected: ({ longestDeliveryMs, lastedMs }) => longestDeliveryMs > lastedMs / 2,
    async strike(_, readers) {
      for (const reader of readers) reader.freeze();
      return () => {
        for (const reader of readers) reader.thaw();
      };
    },
  },
  {
    fault: 'rolling restart of all nodes, by SIGTERM',
    lastsMs: 0,
    isExpected: ({ cuts }) => cuts >= STREAMS,
    async strike({ broadcast, chat }) {
      for (const node of [...broadcast, ...chat]) {
        await node.kill('SIGTERM');
        await node.restart();
      }
      return () => {};
    },
  },
  {
    fault: '10 % of packets lost between clients and nginx',
    isOfNetwork: true,
    lastsMs: 20_000,
    lastsInTestsMs: 6_000,
    async strike({ nginx }) {
      losePackets(nginx.port, true);
      return () => losePackets(nginx.port, false);
    },
  },
];

/** Those that can be made here. */
export const scenarios: readonly Scenario[] = all.filter(({ isOfNetwork }) => mayHarmNetwork || !isOfNetwork);

/** Posts go on, streams stay, and the store is asked for what the bus does not bring. */
function onlyDeliveriesWait({ cuts, longestPostMs, longestDeliveryMs }: Finding): boolean {
  return cuts === 0 && longestPostMs < LATE_MS && longestDeliveryMs > WITHOUT_BUS_MS;
}

function isNotNoticed({ cuts, repeated, normalAfterMs }: Finding): boolean {
  return cuts === 0 && repeated === 0 && normalAfterMs === 0;
}

/** The node with the most streams: its loss is felt. */
async function busiest(nodes: readonly Node[]): Promise<Node> {
  const streams = await Promise.all(nodes.map((node) => node.metric('carillon_streams_open')));
  return nodes[streams.indexOf(Math.max(...streams))] as Node;
}
