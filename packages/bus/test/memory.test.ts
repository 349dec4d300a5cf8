import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { openBus } from '../src/index.ts';
import { busContract } from './contract.ts';

describe('the bus in memory', () => {
  busContract(async () => {
    const address = `memory:${randomUUID()}`;
    return { open: () => openBus(address), end: async () => {} };
  });
});
