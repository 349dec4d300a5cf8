import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../../../tests/servers/lent.ts';
import { examineCalls } from '../../src/doctor/calls.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { examineLength } from '../../src/doctor/length.ts';
import { examineOpening } from '../../src/doctor/opening.ts';
import { examineWrites } from '../../src/doctor/writes.ts';
import { type Faults, startFaultyProxy } from './faulty-proxy.ts';

/** Over the 4 KiB that a proxy below lets through. */
const LONG = 'A message of some length. '.repeat(200);

let carillon: { url: string; port: number };
let stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  carillon = await lentStandalone('open');
  await post('doctor-long', LONG);
});
afterEach(async () => {
  for (const stop of stops) await stop();
  stops = [];
});

async function post(channel: string, text: string): Promise<void> {
  const { status } = await fetch(`${carillon.url}/c/${channel}`, { method: 'POST', body: text });
  expect(status).toBe(201);
}

async function behind(faults: Faults, channel = 'doctor-quiet') {
  const { url, stop } = await startFaultyProxy(carillon.port, faults);
  stops.push(stop);
  return { origin: url, channel, token: undefined };
}

const byName = (findings: readonly Finding[]) => new Map(findings.map((finding) => [finding.name, finding]));
const statuses = (findings: readonly Finding[]) => findings.map(({ name, status }) => [name, status]);

async function writes(faults: Faults) {
  const findings: Finding[] = [];
  for await (const finding of examineWrites(await behind(faults), ['nginx'])) findings.push(finding);
  return findings;
}

describe('what a page of the origin may do', () => {
  it('is all well behind a proxy that passes Host on', async () => {
    expect(statuses(await writes({}))).toEqual([['host', 'ok']]);
  });

  it('is to write nothing where Host is rewritten', async () => {
    const [finding] = await writes({ rewritesHost: true });
    expect(finding).toMatchObject({ name: 'host', status: 'fault' });
    expect(finding?.detail).toContain('neither sign in nor write');
    expect(finding?.remedy).toBe('nginx: proxy_set_header Host $http_host; (docs/proxies.md#nginx)');
  });

  it('is not to sign out or edit where the method is not let through', async () => {
    const [finding] = await writes({ forbids: 'DELETE' });
    expect(finding).toMatchObject({ name: 'host', status: 'fault' });
    expect(finding?.detail).toContain('returned 405, and the answer is not from Carillon');
  });

  it('is to keep no session where the proxy tells of https, and there is none', async () => {
    expect(statuses(await writes({ proto: 'https' }))).toEqual([
      ['host', 'ok'],
      ['https', 'fault'],
    ]);
  });
});

describe('how much a stream may carry', () => {
  it('is told where nothing is cut', async () => {
    const finding = await examineLength(await behind({}), []);
    expect(finding).toMatchObject({ name: 'length', status: 'ok' });
    expect(Number(/([\d,]+) bytes/.exec(finding.detail)?.[1]?.replaceAll(',', ''))).toBeGreaterThan(5_000);
  });

  it('is found where every answer is cut after as many bytes', async () => {
    const finding = await examineLength(await behind({ cutsAfter: 4_096 }), []);
    expect(finding).toMatchObject({ name: 'length', status: 'fault' });
    expect(finding.detail).toContain('4,096 bytes');
    expect(finding.remedy).toContain('limit on the size or the duration of a response');
  });
});

describe('the first event', () => {
  it('is found cut, where not even it fits', async () => {
    const { findings, opened } = await examineOpening(await behind({ cutsAfter: 40 }), {
      callMs: 0,
      proxies: [],
    });
    expect(opened).toBe(false);
    expect(byName(findings).get('buffering')?.detail).toContain('cut after 40 bytes');
  });
});

describe('a packed stream', () => {
  it.each(['gzip', 'deflate', 'br', 'zstd'] as const)(
    'is unpacked and looked at on: %s, whose events come in time, is a warning',
    async (packs) => {
      const { findings, opened } = await examineOpening(await behind({ packs }), {
        callMs: 0,
        proxies: ['Apache'],
      });
      expect(opened).toBe(true);
      expect(statuses(findings)).toEqual([
        ['stream', 'ok'],
        ['http', 'ok'],
        ['compression', 'warning'],
        ['buffering', 'ok'],
        ['first event', 'ok'],
        ['cursor header', 'ok'],
        ['clock', 'ok'],
      ]);
      const compression = byName(findings).get('compression');
      expect(compression?.detail).toContain(`(${packs})`);
      expect(compression?.remedy).toContain('(docs/proxies.md#apache)');
    },
  );

  it('is a fault where nobody can unpack it', async () => {
    const { findings } = await examineOpening(await behind({ packs: 'unheard-of' }), {
      callMs: 0,
      proxies: [],
    });
    expect(byName(findings).get('compression')).toMatchObject({ status: 'fault' });
  });
});

describe('the proxies that an answer came through', () => {
  it.each([
    [{}, []],
    [{ Server: 'nginx/1.22.1' }, ['nginx']],
    [{ Server: 'Apache/2.4.71 (Debian)' }, ['Apache']],
    [{ Server: 'ATS/9.2.3' }, ['Traffic Server']],
    [{ Via: 'http/1.1 edge (ApacheTrafficServer/9.2.3)' }, ['Traffic Server']],
    [{ Via: '1.1 varnish (Varnish/7.1)', Server: 'nginx' }, ['nginx', 'Varnish']],
    [{ 'X-Varnish': '32770' }, ['Varnish']],
    [{ Via: '1.1 Caddy' }, ['Caddy']],
    [{ Via: '1.1 gate (squid/5.7)' }, ['Squid']],
    [{ Server: 'h2o/2.2.6' }, ['h2o']],
    [{ Server: 'lighttpd/1.4.69' }, ['lighttpd']],
    [{ Server: 'somebody' }, []],
  ])('are told by %j: %j', async (says, names) => {
    const { finding, proxies } = await examineCalls(await behind({ says }));
    expect(finding.status).toBe('ok');
    expect(proxies).toEqual(names);
  });
});
