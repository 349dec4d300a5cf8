import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled, startRedis } from '../../../tests/servers/redis.ts';

/** The built code: a process that has to translate it first takes three times as long. */
const built = (file: string) => JSON.stringify(fileURLToPath(new URL(`../../${file}`, import.meta.url)));

/** The arguments for Node to run `code` with a log. */
function program(code: string, level = 'info'): string[] {
  const text = `import { createLog } from ${built('runtime/dist/log.js')};
    const log = createLog({ service: 'test', level: '${level}' });
    ${code}`;
  return ['--input-type=module', '-e', text];
}

/** What a process that runs `code` with a log writes to stdout, line by line. */
function written(code: string, level = 'info'): Record<string, unknown>[] {
  const { stdout: output } = spawnSync(process.execPath, program(code, level), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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
          import { ${open} } from ${built(`${part}/dist/index.js`)};
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

  /** Logs more in each turn than a pipe holds, and says so on stderr, until it is told to stop. */
  const much = `let n = 0;
    const text = 'x'.repeat(1_000);
    const ticking = setInterval(() => {
      for (let line = 0; line < 200; line += 1) log.info({ n: n++, text }, 'one of many');
      process.stderr.write('tick ');
    }, 5);
    process.on('SIGTERM', () => {
      clearInterval(ticking);
      process.exit(0);
    });`;

  it('does not stop a process whose reader reads no more, and gives it whole lines when it does', async () => {
    const child = spawn(process.execPath, program(much), { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      await once(child.stdout, 'readable');
      await ticksOn(child.stderr);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      const closed = once(child, 'close');
      // What the process and the pipe held of it, and more.
      await eventually('lines of now', () => output.length > 4 * 1024 * 1024);
      child.kill('SIGTERM');
      await closed;
      // A reader that is slower than its last second may be left with a part of a line.
      const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
      const numbers = lines.map((line) => (JSON.parse(line) as { n: number }).n);
      expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.runIf(process.platform === 'linux')('does not stop a process behind a pipe that is full', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'carillon-log-'));
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    const pipe = openSync(path, 'r+');
    const child = spawn(process.execPath, program(much), { stdio: ['ignore', pipe, 'pipe'] });
    try {
      await ticksOn(child.stderr);
      const first = Buffer.alloc(1024);
      readSync(pipe, first);
      expect(first.toString()).toContain('"n":0,');
      child.kill('SIGTERM');
      await ended(child);
      expect(child.exitCode).toBe(0);
    } finally {
      child.kill('SIGKILL');
      closeSync(pipe);
      rmSync(directory, { recursive: true });
    }
  });

  it.each([
    ['SIGTERM that it handles', `process.on('SIGTERM', () => process.exit(0));`, 'SIGTERM', 0],
    ['an error that nobody catches', `setTimeout(() => { throw new Error('late'); }, 20);`, undefined, 1],
    ['its own end', '', undefined, 0],
  ] as const)('has all lines out at %s', async (_, code, signal, exitCode) => {
    const started = `setTimeout(() => {
        for (let n = 0; n < 100; n += 1) log.info({ n }, 'one of many');
        process.stderr.write('written');
      }, 0);`;
    const stays = signal === undefined ? '' : 'setInterval(() => {}, 1_000);';
    const child = spawn(process.execPath, program(`${code}${started}${stays}`), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      const closed = once(child, 'close');
      await once(child.stderr, 'data');
      if (signal !== undefined) child.kill(signal);
      await closed;
      expect(child.exitCode).toBe(exitCode);
      expect(output.trimEnd().split('\n')).toHaveLength(100);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('writes a warning though the process is killed just after it, with what came before', () => {
    const lines = written(`
      log.info('before');
      log.warn('behind');
      setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
      setInterval(() => {}, 1_000);`);
    expect(lines.map(({ msg }) => msg)).toEqual(['before', 'behind']);
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

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Waits for more than a process had under way when it was asked. */
async function ticksOn(stderr: Readable | null): Promise<void> {
  let output = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await eventually('a process that goes on', () => output.split('tick').length > 50);
  expect(output).toMatch(/^(tick ?)+$/);
}
