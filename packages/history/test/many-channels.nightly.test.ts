import { describe } from 'vitest';
import { manyChannels } from './many-channels.ts';

describe('a hundred thousand channels', () => manyChannels(100_000));
