import { CHANNEL_PATTERN } from '@carillon/protocol';
import { z } from 'zod';
import type { RedisLink } from './redis-link.ts';
import { MAX_PART_BYTES, type Part, part, type Roster } from './roster.ts';

type Redis = RedisLink['redis'];

export const PREFIX = 'carillon:presence';

/** The set of nodes that have a lease, or had one. */
export const NODES = `${PREFIX}:nodes`;

/** The topic on which nodes announce channels that changed. */
export const CHANGED = `${PREFIX}:changed`;

const NODE_ID = /^[a-f0-9]{16}$/;

/**
 * Redis deletes a node's report on a channel after this time, ms, and the node rewrites it in time. Reports of a node
 * without a lease are ignored.
 */
const REPORT_MS = 60 * 60 * 1_000;

/** Channels in one pipeline: enough to write 10,000 in a second, few enough that each pipeline takes a few ms. */
export const CHANNELS_PER_BATCH = 200;

/** Limit of nodes: far more than one Redis serves. */
const MAX_NODES = 64;

/** The key of a node's lease. */
export const nodeKey = (node: string) => `${PREFIX}:node:${node}`;

const reportKey = (node: string, channel: string) => `${PREFIX}:part:${node}:${channel}`;

/** The message by which a node announces channels that changed on it. */
const changedMessage = z.object({
  node: z.string(),
  channels: z.array(z.string().regex(CHANNEL_PATTERN)).max(CHANNELS_PER_BATCH),
});

/** Parses an announcement on {@link CHANGED}; undefined if it is not valid. */
export function readChanged(message: string): z.infer<typeof changedMessage> | undefined {
  try {
    return changedMessage.safeParse(JSON.parse(message)).data;
  } catch {
    return undefined;
  }
}

/** Nodes with a running lease, sorted; the others are removed. Rejects with the error of Redis. */
export async function liveNodes(redis: Redis): Promise<string[]> {
  const members = await redis.srandmember(NODES, MAX_NODES);
  const nodes = members.filter((node) => NODE_ID.test(node)).sort();
  if (nodes.length === 0) return [];
  const leases = await redis.mget(nodes.map(nodeKey));
  const dead = nodes.filter((_node, index) => leases[index] === null);
  if (dead.length > 0) await redis.srem(NODES, dead);
  return nodes.filter((_node, index) => leases[index] !== null);
}

/**
 * Writes a node's reports on these channels, at most {@link CHANNELS_PER_BATCH}, and announces them on {@link CHANGED}.
 * Rejects with the error of Redis.
 */
export async function writeReports(
  redis: Redis,
  node: string,
  roster: Roster,
  channels: readonly string[],
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const channel of channels) {
    const key = reportKey(node, channel);
    if (roster.has(channel)) pipeline.set(key, JSON.stringify(roster.partOf(channel)), 'PX', REPORT_MS);
    else pipeline.del(key);
  }
  pipeline.publish(CHANGED, JSON.stringify({ node, channels }));
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

/**
 * The reports of these nodes on each channel, in the order of the channels. A report that is too long or invalid is
 * ignored. Rejects with the error of Redis.
 */
export async function reportsOf(
  redis: Redis,
  channels: readonly string[],
  nodes: readonly string[],
): Promise<Part[][]> {
  if (nodes.length === 0) return channels.map(() => []);
  const pipeline = redis.pipeline();
  for (const channel of channels) {
    for (const node of nodes) pipeline.getrange(reportKey(node, channel), 0, MAX_PART_BYTES);
  }
  const texts = ((await pipeline.exec()) ?? []).map(([error, text]) => {
    if (error !== null) throw error;
    return String(text);
  });
  return channels.map((_channel, index) =>
    texts.slice(index * nodes.length, (index + 1) * nodes.length).flatMap(readPart),
  );
}

function readPart(text: string): Part[] {
  if (text === '') return [];
  try {
    const read = part.safeParse(JSON.parse(text));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}
