import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../tests/servers/free-port.ts';
import { lentStandalone } from '../../../tests/servers/lent.ts';
import { nginxInstalled } from '../../../tests/servers/nginx.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { selfSigned } from './certificate.ts';
import { faults, found } from './examined.ts';
import { type Faulty, startProxy } from './proxy.ts';

/** Several streams, some held for seconds, on a machine that does other work. */
const SLOW_MS = 240_000;

describe.skipIf(!nginxInstalled)('carillon doctor', () => {
  let carillon: { url: string; port: number };
  let stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    carillon = await lentStandalone('usual');
    const { status } = await fetch(`${carillon.url}/c/doctor-read`, { method: 'POST', body: 'to be read' });
    expect(status).toBe(201);
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
    stops = [];
  });

  async function behind(faulty: Partial<Faulty>, idle = false): Promise<Map<string, Finding>> {
    const proxy = await startProxy({ nodes: [carillon.port], ...faulty });
    stops.push(proxy.stop);
    return found(proxy.url, idle);
  }

  it(
    'finds nothing wrong behind a proxy that is right',
    async () => {
      const findings = await behind({});
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
        ['leaving', 'ok'],
      ]);
    },
    SLOW_MS,
  );

  it(
    'finds nothing wrong without a proxy',
    async () => {
      expect(faults(await found(carillon.url))).toEqual([]);
    },
    SLOW_MS,
  );

  it(
    'finds a proxy that buffers the response before it passes it on',
    async () => {
      const findings = await behind({
        // It gathers only what has no chunks, as the answer to HTTP/1.0 has none.
        location:
          'proxy_http_version 1.0; proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; proxy_buffers 8 64k;',
      });
      expect(faults(findings)).toEqual(['buffering']);
      expect(findings.get('buffering')?.detail).toContain('buffers the response');
      expect(findings.get('buffering')?.remedy).toContain('proxy_buffering off');
    },
    SLOW_MS,
  );

  it(
    'finds a proxy that packs streams, and sees events come in time all the same',
    async () => {
      const findings = await behind({ http: 'gzip on; gzip_types text/event-stream; gzip_min_length 0;' });
      expect(faults(findings)).toEqual([]);
      expect(findings.get('compression')).toMatchObject({ status: 'warning' });
      expect(findings.get('compression')?.detail).toContain('(gzip)');
      expect(findings.get('compression')?.remedy).toMatch(/^nginx: gzip_types .*docs\/proxies\.md#nginx/);
      expect(findings.get('cursor header')?.status).toBe('ok');
    },
    SLOW_MS,
  );

  it(
    'finds a proxy whose idle timeout is shorter than the heartbeat',
    async () => {
      const findings = await behind({ location: 'proxy_read_timeout 3s;' }, true);
      expect(faults(findings)).toEqual(['idle']);
      expect(findings.get('idle')?.detail).toMatch(/cut after ([3-9]|1[0-4]) s of silence/);
    },
    SLOW_MS,
  );

  it(
    'finds a proxy that asks by HTTP/1.0',
    async () => {
      const findings = await behind({ location: 'proxy_http_version 1.0;' });
      expect(findings.get('http')).toMatchObject({ status: 'warning' });
      expect(findings.get('http')?.detail).toContain('HTTP/1.0');
      expect(faults(findings)).toEqual([]);
    },
    SLOW_MS,
  );

  it(
    'finds a proxy that lets the cursor header not through',
    async () => {
      const findings = await behind({ location: 'proxy_set_header Last-Event-ID "";' });
      expect(faults(findings)).toEqual(['cursor header']);
    },
    SLOW_MS,
  );

  it(
    'finds that returns come to different nodes, and that a cookie mends it',
    async () => {
      const other = await lentStandalone('open');
      const nodes = [carillon.port, other.port];
      const scattered = await behind({ nodes });
      expect(faults(scattered)).toEqual(['stickiness']);
      expect(scattered.get('stickiness')?.detail).toContain('2 nodes, and the reader was given no cookie');
      // As nginx/conf/sticky.conf does: the proxy draws a cookie, and it chooses the node.
      const sticky = await behind({
        nodes,
        http: 'map $cookie_node $key { default $request_id; "~^[0-9a-f]{32}$" $cookie_node; }',
        choose: 'hash $key consistent;',
        location: 'add_header Set-Cookie "node=$key";',
      });
      expect(faults(sticky)).toEqual([]);
    },
    SLOW_MS,
  );

  it(
    'finds a certificate that nobody vouches for, and that HTTP/2 is not offered',
    async () => {
      const tls = selfSigned();
      const plain = await behind({ tls, location: 'proxy_set_header X-Forwarded-Proto $scheme;' });
      expect(plain.get('certificate')?.detail).toContain('not trusted');
      expect(plain.get('http/2')?.status).toBe('warning');
      const better = await behind({ tls: { ...tls, http2: true } });
      expect(better.get('http/2')?.status).toBe('ok');
    },
    SLOW_MS,
  );

  it(
    'says that nothing listens, or that something else answers',
    async () => {
      const nobody = await found(`http://localhost:${await freePort()}`);
      expect(nobody.get('calls')?.detail).toContain('refused');
      const other = await behind({ location: 'return 200 "hello";' });
      expect(other.get('calls')?.detail).toContain('not from Carillon');
      expect([...other.keys()]).toEqual(['calls']);
    },
    SLOW_MS,
  );
});
