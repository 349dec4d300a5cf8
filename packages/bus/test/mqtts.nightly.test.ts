import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Mosquitto, mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { openBus } from '../src/index.ts';
import { HEARD_WITHIN } from './contract.ts';
import { messageOf } from './message.ts';

const run = promisify(execFile);
const PASSWORD = 'p@ss:w/örd';

describe.runIf(mosquittoInstalled)('the bus over TLS, with user and password', () => {
  let directory: string;
  let broker: Mosquitto;
  const file = (name: string) => join(directory, name);
  const url = (password: string) => `mqtts://ada:${encodeURIComponent(password)}@localhost:${broker.port}`;
  const publishElsewhere = (busUrl: string) =>
    run(process.execPath, ['--import=tsx', fileURLToPath(new URL('./tls-main.ts', import.meta.url))], {
      env: { ...process.env, BUS_URL: busUrl, NODE_EXTRA_CA_CERTS: file('cert.pem') },
    });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carillon-mqtts-'));
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', file('key.pem'), '-out', file('cert.pem')],
    ]);
    await run('mosquitto_passwd', ['-b', '-c', file('passwords'), 'ada', PASSWORD]);
    const config = [
      `certfile ${file('cert.pem')}`,
      `keyfile ${file('key.pem')}`,
      'allow_anonymous false',
      `password_file ${file('passwords')}`,
      'user root',
    ];
    broker = await startMosquitto({ config: config.join('\n') });
  });
  afterAll(async () => {
    await broker?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('carries messages where the certificate is trusted and the password is right', async () => {
    const { stdout } = await publishElsewhere(url(PASSWORD));
    expect(JSON.parse(stdout)).toEqual([messageOf('lobby', 1)]);
  });

  it('says why where the password is wrong', async () => {
    const bus = await openBus(url('wrong'), { ca: await readFile(file('cert.pem'), 'utf8') });
    try {
      await vi.waitFor(
        () =>
          expect(bus.publish('lobby', [messageOf('lobby', 1)])).rejects.toThrow(
            'Connection refused: Not authorized',
          ),
        HEARD_WITHIN,
      );
    } finally {
      await bus.close();
    }
  });

  it('never connects where the certificate is not trusted', async () => {
    const bus = await openBus(url(PASSWORD));
    try {
      await vi.waitFor(
        () => expect(bus.publish('lobby', [messageOf('lobby', 1)])).rejects.toThrow('certificate'),
        HEARD_WITHIN,
      );
      expect(bus.connected).toBe(false);
    } finally {
      await bus.close();
    }
  });
});
