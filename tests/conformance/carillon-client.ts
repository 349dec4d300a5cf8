/** The adapter of `@carillon/client`: reads commands from stdin, writes what an application sees to stdout. */
import { createInterface } from 'node:readline';
import { createAdapter } from './client-adapter.ts';

const adapter = createAdapter((line) => process.stdout.write(`${JSON.stringify(line)}\n`));
for await (const line of createInterface({ input: process.stdin }))
  adapter.command(JSON.parse(line) as Record<string, unknown>);
