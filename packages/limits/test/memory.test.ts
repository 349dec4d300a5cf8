import { randomUUID } from 'node:crypto';
import { openMemoryLimits } from '../src/memory.ts';
import { limitsContract } from './contract.ts';

const address = `memory:${randomUUID()}`;

limitsContract('in memory', () => openMemoryLimits(address));
