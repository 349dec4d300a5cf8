import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OBSERVABILITY } from '../observability/rule-files.ts';

const run = promisify(execFile);

describe('promtool', () => {
  const promtool = (...args: string[]) => run('promtool', args, { cwd: join(OBSERVABILITY, 'prometheus') });

  it('accepts the configuration and the rules', async () => {
    const { stdout } = await promtool('check', 'config', 'prometheus.yml');
    expect(stdout).toContain('3 rule files found');
  });

  it('and amtool and the blackbox exporter accept theirs, too', async () => {
    const cwd = OBSERVABILITY;
    await run('amtool', ['check-config', 'alertmanager/alertmanager.yml'], { cwd });
    await run('prometheus-blackbox-exporter', ['--config.check', '--config.file=blackbox/blackbox.yml'], {
      cwd,
    });
  });

  it.each([
    ['severity=page', 'page'],
    ['severity=ticket', 'ticket'],
    ['alertname=Watchdog severity=none', 'watchdog'],
    ['severity=another', 'nobody'],
  ])('has an Alertmanager that tells of %s the receiver %s', async (labels, receiver) => {
    const config = '--config.file=alertmanager/alertmanager.yml';
    const { stdout } = await run('amtool', ['config', 'routes', 'test', config, ...labels.split(' ')], {
      cwd: OBSERVABILITY,
    });
    expect(stdout.trim()).toBe(receiver);
  });

  it('runs the unit tests of the rules', async () => {
    const tests = readdirSync(join(OBSERVABILITY, 'prometheus/tests')).map((name) => `tests/${name}`);
    const { stdout } = await promtool('test', 'rules', ...tests);
    expect(stdout.match(/SUCCESS/g)).toHaveLength(tests.length);
  }, 180_000);
});
