import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, postgresInstalled, startPostgres } from '../../../tests/servers/postgres.ts';
import { HistoryUnavailable, openHistory } from '../src/index.ts';

describe.skipIf(!postgresInstalled)(
  'PostgreSQL over TLS, with a certificate of an authority of our own',
  () => {
    let directory: string;
    let server: Postgres;
    let ca: string;
    const file = (name: string) => join(directory, name);

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'carillon-postgres-tls-'));
      chmodSync(directory, 0o755);
      const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
      const key = ['-newkey', 'rsa:2048', '-nodes'];
      openssl('req', '-x509', ...key, '-subj', '/CN=our authority', '-keyout', 'ca.key', '-out', 'ca.pem');
      openssl(
        ...['req', '-x509', ...key, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
        ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'server.key', '-out', 'server.pem'],
      );
      ca = readFileSync(file('ca.pem'), 'utf8');
      chmodSync(file('server.key'), 0o600);
      // The server runs as this user where the tests run as root, and takes no key that is another's.
      if (process.getuid?.() === 0)
        chownSync(
          file('server.key'),
          Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' })),
          0,
        );
      server = await startPostgres([
        'ssl=on',
        `ssl_cert_file=${file('server.pem')}`,
        `ssl_key_file=${file('server.key')}`,
      ]);
    });
    afterAll(async () => {
      await server?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    const url = (host: string, mode: string) =>
      `${server.url.replace('127.0.0.1', host)}?sslmode=${mode}&application_name=carillon-tls`;

    it.each(['require', 'verify-full'])(
      'is opened with sslmode=%s where the authority is given',
      async (mode) => {
        const history = await openHistory(url('localhost', mode), { ca });
        await history.ping();
        await history.close();
      },
    );

    it('is refused where the authority is not given, and where the host is not the one of the certificate', async () => {
      const untrusted = openHistory(url('localhost', 'verify-full'));
      await expect(untrusted).rejects.toMatchObject({ cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } });
      const another = openHistory(url('127.0.0.1', 'verify-full'), { ca });
      await expect(another).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
      await expect(untrusted).rejects.toBeInstanceOf(HistoryUnavailable);
    });

    it('is asked for no TLS where the URL asks for none', async () => {
      const history = await openHistory(server.url, { ca });
      await history.ping();
      await history.close();
    });
  },
);
