import { randomUUID } from 'node:crypto';
import { openMemoryPresence } from '../src/memory.ts';
import { presenceContract } from './contract.ts';

const address = `memory:${randomUUID()}`;

presenceContract('in memory', () => openMemoryPresence(address));
