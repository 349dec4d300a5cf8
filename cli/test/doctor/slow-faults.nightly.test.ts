import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../../../tests/servers/lent.ts';
import { examineCalls } from '../../src/doctor/calls.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { examineIdle } from '../../src/doctor/idle.ts';
import { examineLeaving } from '../../src/doctor/leaving.ts';
import { examineOpening } from '../../src/doctor/opening.ts';
import { selfSigned } from './certificate.ts';
import { type Faults, startFaultyProxy } from './faulty-proxy.ts';

/** A minute for a proxy that never tells, on a machine that does other work. */
const SLOW_MS = 240_000;

const CARILLON = fileURLToPath(new URL('../../bin/carillon.mjs', import.meta.url));

let carillon: { url: string; port: number };
let stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  carillon = await lentStandalone('open');
});
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

let count = 0;
async function behind(faults: Faults) {
  const { url, stop } = await startFaultyProxy(carillon.port, faults);
  stops.push(stop);
  count += 1;
  return { origin: url, channel: `doctor-slow-${count}-${process.pid}`, token: undefined };
}

const byName = (findings: readonly Finding[]) => new Map(findings.map((finding) => [finding.name, finding]));

const options = { quick: false, before: 0, proxies: [] };

describe('the leaving of readers', () => {
  it('is known at once behind a proxy that closes its side', async () => {
    expect(await examineLeaving(await behind({}), options)).toMatchObject({ status: 'ok' });
  });

  it(
    'is told to be late behind a proxy that finds it by a failed write',
    async () => {
      const finding = await examineLeaving(await behind({ leaving: 'late' }), options);
      expect(finding).toMatchObject({ name: 'leaving', status: 'warning' });
      expect(finding.detail).toMatch(/only after \d+ s/);
    },
    SLOW_MS,
  );

  it(
    'is found never to arrive behind a proxy that keeps its side open',
    async () => {
      const target = await behind({ leaving: 'never' });
      const finding = await examineLeaving(target, options);
      expect(finding).toMatchObject({ name: 'leaving', status: 'fault' });
      expect(finding.detail).toContain('without a reader are still counted (1)');
      expect(finding.remedy).toContain('http-proxy-middleware 3');
      // Now they are there before the doctor comes.
      expect(await examineLeaving(target, { ...options, before: 1 })).toMatchObject({ status: 'unknown' });
    },
    SLOW_MS,
  );

  it('is a warning for who does not want to wait', async () => {
    const quick = { ...options, quick: true };
    const finding = await examineLeaving(await behind({ leaving: 'never' }), quick);
    expect(finding).toMatchObject({ name: 'leaving', status: 'warning' });
    expect(finding.detail).toContain('Run without --quick');
  });
});

describe('the first event', () => {
  it('is told to be held back, where it comes only with the next one', async () => {
    const target = await behind({ holdsFirst: true });
    const { ms, proxies } = await examineCalls(target);
    expect(proxies).toEqual([]);
    const { findings, opened } = await examineOpening(target, { callMs: ms, proxies: ['Varnish'] });
    expect(opened).toBe(true);
    const first = byName(findings).get('first event');
    // With news of who is here, within a second, or with a heartbeat.
    expect(first?.status).toMatch(/^(?:warning|fault)$/);
    expect(first?.detail).toContain('together with the next one');
    expect(first?.remedy).toContain('Varnish: return (pipe)');
    expect(byName(findings).get('buffering')?.status).toBe('ok');
  });
});

describe('a packed stream', () => {
  it('is a fault where its events wait in the packer', async () => {
    const { findings, opened } = await examineOpening(await behind({ packs: 'gzip', gathers: true }), {
      callMs: 0,
      proxies: [],
    });
    expect(opened).toBe(false);
    expect(byName(findings).get('compression')).toMatchObject({ status: 'fault' });
    expect(byName(findings).get('buffering')?.status).toBe('unknown');
  });
});

describe('a quiet stream', () => {
  it('that is cut after a time, whatever passes, was not cut for its silence', async () => {
    const finding = await examineIdle(await behind({ cutsAfterMs: 400 }), []);
    expect(finding).toMatchObject({ name: 'idle', status: 'fault' });
    expect(finding.detail).toMatch(/after \d s and \d+ bytes, just after data had passed/);
    expect(finding.remedy).toContain('limit on the size or the duration of a response');
  });
});

describe('a proxy that ends TLS', () => {
  async function examined(faults: Faults): Promise<Map<string, Finding>> {
    const tls = selfSigned();
    const { origin } = await behind({ ...faults, tls });
    const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: tls.certificate };
    const run = promisify(execFile)(process.execPath, [CARILLON, 'doctor', origin, '--quick', '--json'], {
      env,
    });
    // It ends with 1 where something is wrong.
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    return new Map(findings.map((finding) => [finding.name, finding]));
  }

  it('is right where it says so', async () => {
    expect((await examined({ proto: 'https' })).get('https')).toMatchObject({ status: 'ok' });
  });

  it.each([undefined, 'http'] as const)('is found not to say so (%s)', async (proto) => {
    const findings = await examined(proto === undefined ? {} : { proto });
    expect(findings.get('https')).toMatchObject({ status: 'fault' });
    expect(findings.get('https')?.detail).toContain('also sent without TLS');
    expect(findings.get('host')?.status).toBe('ok');
  });
});
