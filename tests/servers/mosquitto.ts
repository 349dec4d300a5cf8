import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const BINARY = '/usr/sbin/mosquitto';

/** Whether a broker can be started here. Where not, says once how to get one; with `CI=true` that is an error. */
export const mosquittoInstalled: boolean = findMosquitto();

/** A Mosquitto broker of its own, on 127.0.0.1, for anybody, with nothing kept on disk. */
export interface Mosquitto extends ServerProcess {
  readonly url: string;
  readonly port: number;
}

/** Starts a broker on `port` (any that is free where undefined); `config` is added to its mosquitto.conf. */
export async function startMosquitto(options: { port?: number; config?: string } = {}): Promise<Mosquitto> {
  const port = options.port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), 'carillon-mosquitto-'));
  const config = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'set_tcp_nodelay true',
    'log_dest stderr',
    options.config ?? '',
  ];
  await writeFile(join(directory, 'mosquitto.conf'), `${config.join('\n')}\n`);
  const server = await startServer(BINARY, ['-c', join(directory, 'mosquitto.conf')], port);
  const { stop } = server;
  return Object.assign(server, {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    async stop() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

function findMosquitto(): boolean {
  try {
    accessSync(BINARY, constants.X_OK);
    return true;
  } catch {
    const remedy = 'mosquitto is not installed: apt-get install mosquitto mosquitto-clients';
    if (process.env.CI === 'true') throw new Error(remedy);
    console.log(`skipped: ${remedy}`);
    return false;
  }
}
