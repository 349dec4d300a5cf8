import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT_CONFIG, GRACE_MS } from '../src/index.ts';

const fixture = fileURLToPath(new URL('fixtures/service.ts', import.meta.url));

interface Process {
  output: { stdout: string; stderr: string };
  /** Waits until stdout has the text. */
  says(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  end: Promise<number | NodeJS.Signals>;
}

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

function run(environment: Record<string, string> = {}): Process {
  const started = spawn(process.execPath, ['--import', 'tsx', fixture], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  const output = { stdout: '', stderr: '' };
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  started.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const end = once(started, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    output,
    async says(text) {
      while (!output.stdout.includes(text)) {
        const more = await Promise.race([once(started.stdout, 'data'), end.then(() => undefined)]);
        if (more === undefined) throw new Error(`ended without "${text}": ${output.stdout}${output.stderr}`);
      }
    },
    kill: (signal) => started.kill(signal),
    end,
  };
}

function messages(stdout: string): unknown[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: unknown }).msg);
}

describe('a service as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes once on %s and exits with 0', async (signal) => {
    const service = run();
    await service.says('serving');
    service.kill(signal);
    expect(await service.end).toBe(0);
    expect(messages(service.output.stdout)).toEqual([
      'starting',
      'serving',
      'stopping',
      'closing',
      'stopped',
    ]);
  });

  it('finishes its start before it closes when it is stopped while it starts', async () => {
    const service = run({ START_MS: '3000' });
    await service.says('starting');
    service.kill('SIGTERM');
    expect(await service.end).toBe(0);
    expect(messages(service.output.stdout)).toEqual([
      'starting',
      'stopping',
      'serving',
      'closing',
      'stopped',
    ]);
  });

  it('exits at once on a second signal, with its number', async () => {
    const service = run({ STUCK: 'on' });
    await service.says('serving');
    service.kill('SIGTERM');
    await service.says('closing');
    service.kill('SIGINT');
    expect(await service.end).toBe(130);
  });

  it('exits with 1 when it has not closed within the grace time', async () => {
    const service = run({ STUCK: 'on' });
    await service.says('serving');
    const began = performance.now();
    service.kill('SIGTERM');
    expect(await service.end).toBe(1);
    expect(performance.now() - began).toBeGreaterThan(GRACE_MS - 100);
    expect(messages(service.output.stdout).at(-1)).toBe(`not stopped within ${GRACE_MS} ms`);
  }, 100_000);

  it('exits with 78 and tells every fault of its environment on stderr', async () => {
    const service = run({ PORT: 'x', TOKEN: 'short' });
    expect(await service.end).toBe(EXIT_CONFIG);
    expect(service.output.stdout).toBe('');
    expect(service.output.stderr.split('\n')).toEqual([
      'fixture: the environment cannot be used',
      '  PORT: must be a port, 0 to 65535',
      expect.stringMatching(/^ {2}TOKEN: .*8 characters$/),
      '',
    ]);
  });

  it('exits with 78 when its start finds the configuration wrong', async () => {
    const service = run({ FAIL: 'config' });
    expect(await service.end).toBe(EXIT_CONFIG);
    expect(service.output.stderr).toContain('  PORT: is taken\n');
  });

  it.each([
    ['start', 'cannot start', 'no luck'],
    ['throw', 'unhandled error', 'too late'],
    ['reject', 'unhandled rejection', 'too late'],
  ])('logs the error and exits with 1: %s', async (fail, what, message) => {
    const service = run({ FAIL: fail });
    expect(await service.end).toBe(1);
    const last = JSON.parse(service.output.stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({ level: 'fatal', service: 'fixture', msg: what, err: { message } });
  });

  it('prints its configuration at start, without secrets', async () => {
    const service = run({ TOKEN: 'hunter22', STORE_URL: 'postgres://ada:hunter22@db/chat' });
    await service.says('serving');
    expect(service.output.stdout).toContain('postgres://ada:***@db/chat');
    expect(service.output.stdout + service.output.stderr).not.toContain('hunter22');
  });
});
