import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled, startRedis } from '../../../tests/servers/redis.ts';

const index = fileURLToPath(new URL('../src/index.ts', import.meta.url));

/** The arguments for Node to run `code` with a log. */
function program(code: string, level = 'info'): string[] {
  const text = `import { createLog } from ${JSON.stringify(index)};
    const log = createLog({ service: 'test', level: '${level}' });
    ${code}`;
  return ['--import', 'tsx', '--input-type=module', '-e', text];
}

/** What a process that runs `code` with a log writes to stdout, line by line. */
function written(code: string, level = 'info'): Record<string, unknown>[] {
  const output = execFileSync(process.execPath, program(code, level), { encoding: 'utf8' });
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('writes one JSON line with ISO time, the name of the level and of the service', () => {
    const [line, ...more] = written(`log.debug('unseen'); log.warn({ channel: 'lobby' }, 'behind');`);
    expect(more).toEqual([]);
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'warn',
      service: 'test',
      channel: 'lobby',
      msg: 'behind',
    });
  });

  it('hides credentials wherever headers are logged', () => {
    const lines = written(`
      const headers = { authorization: 'hunter22', cookie: 'hunter22', 'set-cookie': 'hunter22', accept: '*/*' };
      log.info(headers);
      log.info({ headers });
      log.info({ req: { headers } });
      log.info({ res: headers });`);
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      const text = JSON.stringify(line);
      expect(text).not.toContain('hunter22');
      expect(text.match(/\[redacted\]/g)).toHaveLength(3);
      expect(text).toContain('"accept":"*/*"');
    }
  });

  it('hides the command of an error, which may be AUTH with its password, however deep', () => {
    const lines = written(`
      const refused = () =>
        Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['hunter22'] } });
      log.warn({ err: refused() }, 'itself');
      log.warn(refused(), 'the error alone');
      log.warn({ err: new Error('away', { cause: refused() }) }, 'its cause');
      log.warn({ err: Object.assign(new Error('away'), { lastNodeError: refused() }) }, 'named by it');
      log.warn({ err: new AggregateError([refused()]) }, 'one of several');`);
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(JSON.stringify(line)).not.toContain('hunter22');
      expect(JSON.stringify(line)).toContain('WRONGPASS');
    }
  });

  it.skipIf(!redisInstalled)('does not hold the password that a Redis refused', async () => {
    const redis = await startRedis();
    try {
      for (const [part, open] of [
        ['presence', 'openPresence'],
        ['limits', 'openLimits'],
      ]) {
        const lines = written(`
          import { ${open} } from ${JSON.stringify(fileURLToPath(new URL(`../../${part}/src/index.ts`, import.meta.url)))};
          const warn = (fields, line) => {
            log.warn(fields, line);
            process.exit(0);
          };
          ${open}('redis://:hunter22@127.0.0.1:${redis.port}', { log: { warn, info: () => {} } });
          setTimeout(() => {}, 20_000);`);
        expect(lines).toMatchObject([{ err: { message: expect.stringContaining('WRONGPASS') } }]);
        expect(JSON.stringify(lines)).not.toContain('hunter22');
      }
    } finally {
      await redis.stop();
    }
  });

  it('writes an error with its class and stack, and is whole when the process exits at once', () => {
    const [line] = written(`log.fatal({ err: new RangeError('too far') }, 'over'); process.exit(0);`);
    expect(line).toMatchObject({ level: 'fatal', err: { type: 'RangeError', message: 'too far' } });
  });

  it('keeps the order of more lines than are held back, up to an exit and within it', () => {
    const lines = written(`
      process.on('exit', () => log.fatal({ n: 2_001 }, 'the last'));
      for (let n = 0; n < 2_000; n += 1) log.info({ n }, 'one of many');
      setImmediate(() => {
        log.info({ n: 2_000 }, 'in another turn');
        process.exit(0);
      });`);
    expect(lines.map(({ n }) => n)).toEqual(Array.from({ length: 2_002 }, (_, n) => n));
  });

  /** Logs and then says so on stderr, over and over. */
  const ticks = `setInterval(() => {
    log.info('tick');
    process.stderr.write('tick ');
  }, 5);`;

  it('does not stop a process whose reader has gone', async () => {
    const child = spawn(process.execPath, program(ticks), { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      await once(child.stdout, 'data');
      child.stdout.destroy();
      await once(child.stdout, 'close');
      await ticksOn(child.stderr);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.runIf(process.platform === 'linux')('does not stop a process whose disk is full', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, program(ticks), { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    try {
      await ticksOn(child.stderr);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/** Waits for more than a process had under way when it was asked. */
async function ticksOn(stderr: Readable | null): Promise<void> {
  let output = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await eventually('a process that goes on', () => output.split('tick').length > 50);
  expect(output).toMatch(/^(tick ?)+$/);
}
