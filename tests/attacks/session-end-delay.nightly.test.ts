import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresInstalled } from '../servers/postgres.ts';
import { shortest } from '../shortest.ts';
import { endSession, startTwoNodes, type TwoNodes } from './two-nodes.ts';

/** From an end that is answered to the last event on another node. */
const ENDED_WITHIN_MS = 1_000;

describe.runIf(postgresInstalled)('two nodes of one store', { timeout: 120_000 }, () => {
  let nodes: TwoNodes;
  beforeAll(async () => {
    nodes = await startTwoNodes();
  });
  afterAll(async () => {
    for (const node of nodes ?? []) await node.close();
  });

  it('end a session on the other one within a second', async () => {
    let sessions = 0;
    const took = await shortest(ENDED_WITHIN_MS, () => {
      sessions += 1;
      return endSession(nodes, `session ${sessions}`);
    });
    expect(took).toBeLessThan(ENDED_WITHIN_MS);
  });
});
