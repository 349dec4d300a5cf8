import { fileURLToPath } from 'node:url';
import { freePort } from '../../../tests/servers/free-port.ts';
import { type ServerProcess, startServer } from '../../../tests/servers/server-process.ts';

const SECRET = 'kept over a restart';

export interface AedesProcess extends ServerProcess {
  readonly url: string;
  readonly port: number;
}

/** The embedded broker in a process of its own, so that it can be killed, frozen and weighed like any other. */
export async function startAedesProcess(): Promise<AedesProcess> {
  const port = await freePort();
  const main = fileURLToPath(new URL('./aedes-main.ts', import.meta.url));
  const args = ['--conditions=carillon-source', '--import=tsx', main];
  const env = { ...process.env, BROKER_PORT: String(port), BROKER_SECRET: SECRET };
  const server = await startServer(process.execPath, args, port, env);
  return Object.assign(server, {
    url: `mqtt://carillon:${encodeURIComponent(SECRET)}@127.0.0.1:${port}`,
    port,
  });
}
