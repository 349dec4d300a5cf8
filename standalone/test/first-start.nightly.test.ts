import { afterEach, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';

let server: Standalone | undefined;
afterEach(() => server?.stop());

it('the first start makes its database itself, and takes a post', async () => {
  server = await startStandalone({ firstStart: true });
  const answer = await fetch(`${server.url}/c/lobby`, { method: 'POST', body: 'first' });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ seq: 1 });
});
