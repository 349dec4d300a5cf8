import { describe, expect, it } from 'vitest';
import { EXIT_CONFIG } from '../src/index.ts';
import { messages, run } from './service-process.ts';

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
    const service = run({ SLOW: 'on' });
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

  it('closes in reverse what a start had opened that fails half-way, and tells the reason first', async () => {
    const service = run({ FAIL: 'half-way' });
    expect(await service.end).toBe(1);
    expect(messages(service.output.stdout)).toEqual([
      'starting',
      'cannot start',
      'closing the second',
      'closing the first',
    ]);
  });

  it('closes the rest where one cannot be closed, and keeps the exit code of the reason', async () => {
    const service = run({ FAIL: 'unclosed' });
    expect(await service.end).toBe(EXIT_CONFIG);
    expect(service.output.stderr).toContain('  PORT: is taken\n');
    expect(messages(service.output.stdout)).toEqual([
      'starting',
      'closing the second',
      'closing the first',
      'not everything was closed',
    ]);
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
