import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { freePort } from '../../tests/servers/free-port.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PATIENCE_MS = 100_000;

it('is up though the reader of its output has gone before', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'carillon-unread-'));
  const [port, adminPort, mqttPort] = [await freePort(), await freePort(), await freePort()];
  const env = {
    PATH: process.env.PATH,
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    MQTT_PORT: String(mqttPort),
    DATA_DIR: dataDir,
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const post = () =>
      fetch(`http://127.0.0.1:${port}/c/lobby`, { method: 'POST', body: 'hello' }).then(
        ({ status }) => status,
        () => undefined,
      );
    await eventually(
      'an answer, or its end',
      async () => child.exitCode !== null || (await post()) === 201,
      PATIENCE_MS,
    );
    await eventually(
      'a line that nobody reads',
      async () => (await post()) === 201 || child.exitCode !== null,
    );
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
});
