import type { Cluster } from './cluster.ts';
import {
  broadcastNodeKilled,
  busiest,
  DOWN_MS,
  everyConnectionCut,
  nginxKilled,
  postgresRestarted,
} from './dearest-faults.ts';
import type { Felt } from './load.ts';
import { losePackets, mayHarmNetwork } from './network.ts';
import type { FreezableReader } from './reader.ts';
import type { Finding } from './trial.ts';

/** One fault, done to a cluster under load. */
export interface Scenario {
  /** As a row of the table has it. */
  readonly fault: string;
  /** How long the fault lasts, ms: in `npm run faults`, and in tests where that is another time. */
  readonly lastsMs: number;
  readonly lastsInTestsMs?: number;
  /** It is made by `network.ts`, which needs leave to. */
  readonly isOfNetwork?: boolean;
  /** Made only by `npm run faults`: what tests would take longer for is covered by another. */
  readonly isRare?: boolean;
  /** Whether what clients felt shows that it was made. Once so, it stays so. */
  readonly isFelt?: (felt: Felt) => boolean;
  /** Whether what was found shows that it was felt only where it should be; `lateMs` is what the machine may take for anything. */
  readonly isExpected?: (finding: Finding, lateMs: number) => boolean;
  /** Causes the fault. Returns the function that ends it. */
  readonly strike: (
    cluster: Cluster,
    readers: readonly FreezableReader[],
  ) => Promise<() => Promise<void> | void>;
}

/** With the bus a message is with its readers in some milliseconds; by asking the store, half a second in the middle. */
const WITHOUT_BUS_MS = 500;

/** So long that what waits for the end of a fault differs from what is only slow, on any machine. */
const LONG_MS = 30_000;
const FROZEN_IN_TESTS_MS = 6_000;

const all: readonly Scenario[] = [
  {
    fault: 'none',
    isRare: true,
    lastsMs: 3_000,
    strike: async () => () => {},
  },
  broadcastNodeKilled,
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
    isFelt: ({ cuts, streams }) => cuts >= streams,
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
    isFelt: ({ repeated }) => repeated > 0,
    async strike({ chat }) {
      await Promise.all(chat.map((node) => node.kill()));
      return async () => void (await Promise.all(chat.map((node) => node.restart())));
    },
  },
  {
    fault: 'Mosquitto: kill -9',
    lastsMs: DOWN_MS,
    lastsInTestsMs: LONG_MS,
    isExpected: onlyDeliveriesWait,
    async strike({ mosquitto }) {
      await mosquitto.kill();
      return () => mosquitto.restart();
    },
  },
  {
    fault: 'Mosquitto: SIGSTOP',
    lastsMs: LONG_MS,
    isExpected: onlyDeliveriesWait,
    async strike({ mosquitto }) {
      mosquitto.freeze();
      return () => mosquitto.thaw();
    },
  },
  {
    fault: 'Kafka: kill -9',
    lastsMs: DOWN_MS,
    lastsInTestsMs: LONG_MS,
    isExpected: isNotNoticed,
    async strike({ kafka }) {
      await kafka.kill();
      return () => kafka.restart();
    },
  },
  {
    fault: 'Redis: flushed, then kill -9',
    lastsMs: DOWN_MS,
    lastsInTestsMs: LONG_MS,
    isExpected: isNotNoticed,
    async strike({ redis }) {
      await redis.command('FLUSHALL');
      await redis.kill();
      return () => redis.restart();
    },
  },
  postgresRestarted,
  {
    fault: 'PostgreSQL: kill -9',
    isRare: true,
    lastsMs: DOWN_MS,
    isFelt: ({ repeated }) => repeated > 0,
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
  nginxKilled,
  everyConnectionCut,
  {
    fault: 'readers: SIGSTOP',
    lastsMs: LONG_MS,
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
    isFelt: ({ cuts, streams }) => cuts >= streams,
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

/** Whether a fault was felt, where it should be and only there, on a machine that may take `lateMs` for anything. */
export function isAsExpected({ isFelt, isExpected }: Scenario, finding: Finding, lateMs: number): boolean {
  return (isFelt?.(finding) ?? true) && (isExpected?.(finding, lateMs) ?? true);
}

/** Posts go on, streams stay, and the store is asked for what the bus does not bring. */
function onlyDeliveriesWait({ cuts, longestPostMs, longestDeliveryMs }: Finding, lateMs: number): boolean {
  return cuts === 0 && longestPostMs < lateMs && longestDeliveryMs > WITHOUT_BUS_MS;
}

function isNotNoticed({ cuts, repeated, ...took }: Finding, lateMs: number): boolean {
  const isInTime = took.normalAfterMs === 0 || Math.max(took.longestPostMs, took.longestDeliveryMs) < lateMs;
  return cuts === 0 && repeated === 0 && isInTime;
}
