import { expect, it } from 'vitest';
import { freePort } from '../servers/free-port.ts';
import { startServer } from '../servers/server-process.ts';

const LISTENS = `require('node:net').createServer((socket) => socket.end()).listen(process.argv[1], '127.0.0.1')`;

it('a stopped server has no process id, because the system may reuse it, and has one again once it is started', async () => {
  const port = await freePort();
  const server = await startServer(process.execPath, ['-e', LISTENS, String(port)], port);
  expect(server.pid).toBeGreaterThan(0);
  await server.kill();
  expect(server.pid).toBeNaN();
  await server.kill();
  await server.restart();
  expect(server.pid).toBeGreaterThan(0);
  await server.stop();
  expect(server.pid).toBeNaN();
});
