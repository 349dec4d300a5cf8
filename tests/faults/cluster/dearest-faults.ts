import type { Node, OneBusCluster } from './cluster.ts';
import type { Felt } from './load.ts';
import { cutConnections } from './network.ts';
import type { Scenario } from './scenarios.ts';

/** A fault that any cluster can have, and that its clients feel. */
export interface DearestFault extends Scenario {
  readonly isFelt: (felt: Felt) => boolean;
  readonly strike: (cluster: OneBusCluster) => Promise<() => Promise<void> | void>;
}

/** As long as a supervisor takes to start a process again. */
export const DOWN_MS = 3_000;

export const broadcastNodeKilled: DearestFault = {
  fault: 'broadcast node: kill -9',
  lastsMs: DOWN_MS,
  isFelt: ({ cuts }) => cuts > 0,
  async strike({ broadcast }) {
    const node = await busiest(broadcast);
    await node.kill();
    return () => node.restart();
  },
};

export const postgresRestarted: DearestFault = {
  fault: 'PostgreSQL: restarted',
  lastsMs: 0,
  isFelt: ({ repeated }) => repeated > 0,
  async strike({ postgres }) {
    await postgres.kill('SIGINT');
    return () => postgres.restart();
  },
};

export const nginxKilled: DearestFault = {
  fault: 'nginx: kill -9',
  lastsMs: DOWN_MS,
  isFelt: ({ cuts, streams, repeated }) => cuts >= streams && repeated > 0,
  async strike({ nginx }) {
    await nginx.kill();
    return () => nginx.restart();
  },
};

export const everyConnectionCut: DearestFault = {
  fault: 'every connection cut',
  isOfNetwork: true,
  lastsMs: 0,
  isFelt: ({ cuts, streams }) => cuts >= streams,
  async strike({ ports }) {
    cutConnections(ports);
    return () => {};
  },
};

/** The node with the most streams: its loss is felt. */
export async function busiest(nodes: readonly Node[]): Promise<Node> {
  const streams = await Promise.all(nodes.map((node) => node.metric('carillon_streams_open')));
  return nodes[streams.indexOf(Math.max(...streams))] as Node;
}
