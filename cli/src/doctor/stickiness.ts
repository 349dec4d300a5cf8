import { type Finding, fault, ok, unknown } from './finding.ts';
import { probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';
import { unreachable } from './unreachable.ts';

/** With two nodes and no stickiness, all of these reach one node by chance once in 500 times. */
const RETURNS = 10;

const OPEN_WITHIN_MS = 5_000;

/** Checks whether a reader that reconnects, with its cookies, reaches the node it was on. */
export async function examineStickiness(target: Target, proxies: readonly ProxyName[]): Promise<Finding> {
  const nodes = new Set<string>();
  let cookie: string | undefined;
  try {
    for (let returns = 0; returns < RETURNS; returns++) {
      const headers = { ...streamHeaders(target), ...(cookie === undefined ? {} : { cookie }) };
      const stream = await probe(streamOf(target), { headers, withinMs: OPEN_WITHIN_MS });
      const node = stream.response.headers['carillon-node'];
      cookie ??= cookiesOf(stream.response.headers['set-cookie']);
      stream.close();
      if (stream.response.statusCode === 429)
        return unknown('stickiness', 'Too many streams were opened. Wait a minute.');
      if (typeof node === 'string') nodes.add(node);
    }
  } catch (error) {
    return unknown('stickiness', unreachable(error));
  }
  if (nodes.size === 0) return unknown('stickiness', 'The nodes do not identify themselves.');
  if (nodes.size === 1) return ok('stickiness', `${RETURNS} reconnects reached the same node.`);
  return fault(
    'stickiness',
    `${RETURNS} reconnects of one reader reached ${nodes.size} nodes${cookie === undefined ? ', and the reader was given no cookie' : ''}: nothing is lost, but each node has to read from the store what the previous node had in memory.`,
    remedyFor('scattered', proxies),
  );
}

function cookiesOf(lines: readonly string[] | undefined): string | undefined {
  return lines?.map((line) => line.split(';', 1)[0]).join('; ');
}
