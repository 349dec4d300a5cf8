import { afterEach, beforeEach } from 'vitest';
import { type Node, serve, Wire } from './serve.ts';

/** The broadcast node of the running test. */
export let node: Node;
const wires: Wire[] = [];

beforeEach(async () => {
  node = await serve();
});

afterEach(async () => {
  for (const { socket } of wires.splice(0)) socket.destroy();
  await node.close();
});

/** A connection to the node, closed after the test. */
export function wire(): Wire {
  const opened = new Wire(node.listener.port);
  wires.push(opened);
  return opened;
}
