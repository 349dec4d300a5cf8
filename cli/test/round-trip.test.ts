import { randomBytes } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { carillon } from './command.ts';

/** All that each command takes and says is in commands.nightly.test.ts: a process for every case. */
let env: { CARILLON_URL: string };
beforeAll(async () => {
  env = { CARILLON_URL: (await lentStandalone('open')).url };
});

it('carillon sends a message once for a key, and exports it', async () => {
  const channel = `cli-${randomBytes(4).toString('hex')}`;
  const send = () => carillon(['send', channel, 'hello there', '--key', 'one'], env);
  const ended = { code: 0, stdout: `${channel}/1\n`, stderr: '' };
  expect([await send(), await send()]).toEqual([ended, ended]);
  const { code, stdout } = await carillon(['export', channel], env);
  expect(code).toBe(0);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ channel, seq: 1, body: 'hello there' }]);
  const csv = await carillon(['export', channel, '--format', 'csv', '--delimiter', ';', '--bom'], env);
  expect(csv.stdout).toMatch(/^\ufeffchannel;seq;.*\r\n.*;hello there;/);
});

it('carillon says what is wrong in one line, and ends with 64', async () => {
  const { code, stdout, stderr } = await carillon(['tail', 'lobby', '--frob'], env);
  expect([code, stdout]).toEqual([64, '']);
  expect(stderr).toMatch(/^carillon: [^\n]+\n$/);
});
