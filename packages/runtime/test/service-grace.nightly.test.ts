import { expect, it } from 'vitest';
import { GRACE_MS } from '../src/index.ts';
import { messages, run } from './service-process.ts';

it('a service exits with 1 when it has not closed within the grace time', async () => {
  const service = run({ STUCK: 'on' });
  await service.says('serving');
  const began = performance.now();
  service.kill('SIGTERM');
  expect(await service.end).toBe(1);
  expect(performance.now() - began).toBeGreaterThan(GRACE_MS - 100);
  expect(messages(service.output.stdout).at(-1)).toBe(`not stopped within ${GRACE_MS} ms`);
}, 100_000);
