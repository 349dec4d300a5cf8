import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCertificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/mosquitto/', import.meta.url));

/** The users of its ACL, each with characters in its password that a URL has to encode. */
const USERS = ['chat-service', 'broadcast-sse', 'worker', 'checks'] as const;
const passwordOf = (user: string) => `p@ss:w/örd of ${user}`;

export interface ProductionMosquitto extends ServerProcess {
  /** Of one of its users; with another password where one is given. */
  urlOf(user: (typeof USERS)[number], password?: string): string;
  /** The same for mqtt.js, which takes what it finds in a URL as it is. */
  loginOf(user: (typeof USERS)[number]): {
    protocol: 'mqtts';
    host: string;
    port: number;
    username: string;
    password: string;
  };
  readonly port: number;
  /** The file that it keeps sessions in. */
  readonly database: string;
  /** What signed its certificate, in PEM. */
  readonly ca: string;
}

/**
 * A Mosquitto with the configuration of a deployment, made by its scripts, down to file modes and the user it runs as:
 * only places and port are others. `acl` is added to its ACL.
 */
export async function startProductionMosquitto({ acl = '' } = {}): Promise<ProductionMosquitto> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'carillon-mosquitto-'));
  const [secrets, data] = [join(directory, 'secrets'), join(directory, 'data')];
  for (const each of [secrets, data]) mkdirSync(each);
  const ca = makeCertificates(directory, 'mosquitto=localhost,127.0.0.1');
  copyFileSync(join(directory, 'mosquitto.pem'), join(secrets, 'certificate.pem'));
  copyFileSync(join(directory, 'mosquitto.key'), join(secrets, 'key.pem'));
  writeFileSync(join(secrets, 'acl'), `${readFileSync(join(DEPLOY, 'acl'), 'utf8')}\n${acl}`, {
    mode: 0o600,
  });
  const passwords = USERS.map((user) => {
    writeFileSync(join(directory, user), `${passwordOf(user)}\n`, { mode: 0o600 });
    return `${user}=${join(directory, user)}`;
  });
  execFileSync(join(DEPLOY, 'make-passwords'), [join(secrets, 'passwords'), ...passwords], { stdio: 'pipe' });
  const config = readFileSync(join(DEPLOY, 'mosquitto.conf'), 'utf8')
    .replace('listener 8883', `listener ${port} 127.0.0.1`)
    .replaceAll('/secrets/', `${secrets}/`)
    .replace('/mosquitto/data/', `${data}/`)
    .replace('log_dest stdout', 'log_dest stderr');
  writeFileSync(join(directory, 'mosquitto.conf'), config);
  // Started as root it becomes the user mosquitto, as in its image.
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'mosquitto:', directory]);
  const server = await startServer('/usr/sbin/mosquitto', ['-c', join(directory, 'mosquitto.conf')], port);
  const { stop } = server;
  return Object.assign(server, {
    port,
    ca,
    database: join(data, 'mosquitto.db'),
    urlOf: (user: string, password = passwordOf(user)) =>
      `mqtts://${user}:${encodeURIComponent(password)}@localhost:${port}`,
    loginOf: (user: string) => ({
      protocol: 'mqtts' as const,
      host: 'localhost',
      port,
      username: user,
      password: passwordOf(user),
    }),
    async stop() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  });
}
