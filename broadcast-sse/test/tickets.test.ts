import { createTickets } from '@carillon/auth';
import type { Identity } from '@carillon/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Node, serve, Wire } from './support/serve.ts';

let node: Node;
beforeEach(async () => {
  node = await serve();
});
afterEach(() => node.close());

const ada = (more: Partial<Identity> = {}): Identity => ({
  kind: 'person',
  author: { id: 'ada', name: 'Ada' },
  grants: { subscribe: ['lobby'], publish: [], moderate: [] },
  session: 's1',
  ...more,
});

const ticketOf = (identity: Identity) => createTickets(node.history.tickets).issue(identity);
const open = (path: string) => new Wire(node.listener.port).get(path);

it('a ticket opens a single stream, as the person it was issued to', async () => {
  const ticket = await ticketOf(ada());
  const text = await open(`/v1/channels/lobby/stream?ticket=${ticket}`).has('event: open');
  expect(text).toContain('"you":{"id":"ada","name":"Ada"}');
  const again = await open(`/v1/channels/lobby/stream?ticket=${ticket}`).has('unauthenticated');
  expect(again).toMatch(/^HTTP\/1.1 401 /);
});

it('a ticket gives no more than its identity may read', async () => {
  const ticket = await ticketOf(ada());
  expect(await open(`/v1/stream?channel=lobby&channel=other&ticket=${ticket}`).has('forbidden')).toMatch(
    /^HTTP\/1.1 403 /,
  );
});

it('a stream by ticket ends when the identity expires', async () => {
  const ticket = await ticketOf(ada({ expiresAt: Date.now() + 6_000 }));
  const wire = open(`/v1/channels/lobby/stream?ticket=${ticket}`);
  expect(await wire.has(/event: denied\ndata: (.*)/)).toContain('"reason":"expired"');
});

it('a ticket that is invalid, or whose identity has expired, opens nothing', async () => {
  const expired = await ticketOf(ada({ expiresAt: Date.now() - 1 }));
  for (const ticket of [expired, '', 'x', 'x'.repeat(43), 'A'.repeat(4_000), "'%20or%201=1--"]) {
    const text = await open(`/v1/channels/lobby/stream?ticket=${ticket}`).has('unauthenticated');
    expect(text, ticket).toMatch(/^HTTP\/1.1 401 /);
  }
});

it('a ticket is not used up by HEAD', async () => {
  const path = `/v1/channels/lobby/stream?ticket=${await ticketOf(ada())}`;
  const head = await fetch(`http://127.0.0.1:${node.listener.port}${path}`, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(await open(path).has('event: open')).toContain('"id":"ada"');
});

it('while the store is away a ticket is not refused as invalid, and not used up', async () => {
  const ticket = await ticketOf(ada());
  node.history.away = true;
  const path = `/v1/channels/lobby/stream?ticket=${ticket}`;
  expect(await open(path).has('history_away')).toMatch(/^HTTP\/1.1 503 [\s\S]*Retry-After: 1/i);
  node.history.away = false;
  await open(path).has('event: open');
});
