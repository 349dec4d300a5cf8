import { describe, expect, it } from 'vitest';
import { BUS_SCHEMES, openBus } from '../src/index.ts';

describe('opening a bus', () => {
  it('refuses what is no bus, without repeating it: a URL holds a password', async () => {
    for (const url of ['', 'lobby', 'http://ada:secret@127.0.0.1', 'mqtt', ':']) {
      await expect(openBus(url)).rejects.toThrow(`a bus URL starts with one of ${BUS_SCHEMES.join(', ')}`);
    }
    await expect(openBus('mqtt://:secret@:x')).rejects.toThrow(TypeError);
  });
});
