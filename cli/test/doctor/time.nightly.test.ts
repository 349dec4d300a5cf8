import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nginxInstalled } from '../../../tests/servers/nginx.ts';
import { type Standalone, startStandalone } from '../../../tests/servers/standalone.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { faults, found } from './examined.ts';
import { type Faulty, startProxy } from './proxy.ts';

/** A stream is held for half a minute, on a machine that does other work. */
const SLOW_MS = 240_000;

const LATE_CLOCK = new URL('late-clock.mjs', import.meta.url).href;

describe.skipIf(!nginxInstalled)('carillon doctor', () => {
  let carillon: Standalone;
  let stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    carillon = await startStandalone();
    const { status } = await fetch(`${carillon.url}/c/doctor-read`, { method: 'POST', body: 'to be read' });
    expect(status).toBe(201);
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
    stops = [];
  });
  afterAll(() => carillon?.stop());

  async function behind(faulty: Partial<Faulty>, idle = false): Promise<Map<string, Finding>> {
    const proxy = await startProxy({ nodes: [carillon.port], ...faulty });
    stops.push(proxy.stop);
    return found(proxy.url, idle);
  }

  it(
    'finds nothing wrong behind a proxy that is right, and holds a stream for two heartbeats',
    async () => {
      const findings = await behind({}, true);
      expect([...findings].map(([name, { status }]) => [name, status])).toEqual([
        ['calls', 'ok'],
        ['host', 'ok'],
        ['stream', 'ok'],
        ['http', 'ok'],
        ['compression', 'ok'],
        ['buffering', 'ok'],
        ['first event', 'ok'],
        ['cursor header', 'ok'],
        ['clock', 'ok'],
        ['length', 'ok'],
        ['stickiness', 'ok'],
        ['idle', 'ok'],
        ['leaving', 'ok'],
      ]);
    },
    SLOW_MS,
  );

  it(
    'finds that the clocks are apart, and which is behind',
    async () => {
      const late = await startStandalone({ env: { NODE_OPTIONS: `--import=${LATE_CLOCK}` } });
      stops.push(() => late.stop());
      const findings = await behind({ nodes: [late.port] });
      expect(faults(findings)).toEqual(['clock']);
      expect(findings.get('clock')?.detail).toMatch(/(8[5-9]|9[0-5])\.\d s behind/);
    },
    SLOW_MS,
  );
});
