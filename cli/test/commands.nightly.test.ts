import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { JWT_SECRET, signToken } from '../../tests/servers/tokens.ts';
import { carillon, type Running, start } from './command.ts';

/** A process starts in half a second, on a crowded machine in several. */
const SLOW_MS = 150_000;
const run = promisify(execFile);
const binary = fileURLToPath(new URL('../bin/carillon.mjs', import.meta.url));

let server: { url: string };
let folder: string;
const env = () => ({ CARILLON_URL: server.url });
const tailing: Running[] = [];

beforeAll(async () => {
  server = await lentStandalone('open');
  folder = mkdtempSync(join(tmpdir(), 'carillon-cli-'));
});
afterAll(async () => {
  for (const each of tailing) each.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function messages(channel: string): Promise<{ seq: number; body: string; replyTo?: number }[]> {
  const answer = await fetch(`${server.url}/v1/channels/${channel}/messages`);
  return ((await answer.json()) as { messages: { seq: number; body: string }[] }).messages;
}

async function post(channel: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) {
    const answer = await fetch(`${server.url}/v1/channels/${channel}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ body }),
    });
    expect(answer.status).toBe(201);
  }
}

function tail(...args: string[]): Running {
  const running = start(['tail', ...args], env());
  tailing.push(running);
  return running;
}

const shows = (running: Running, text: string) =>
  eventually(`"${text}" in the output`, () => running.stdout.includes(text), SLOW_MS);

describe('carillon', { timeout: SLOW_MS }, () => {
  it('tells its use on --help, for each command too', async () => {
    for (const args of [
      ['--help'],
      ...['send', 'tail', 'channels', 'export', 'token', 'doctor'].map((name) => [name, '--help']),
    ]) {
      const { code, stdout, stderr } = await carillon(args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^carillon /);
    }
  });

  it('tells wrong use in one line, and ends with 64', async () => {
    const wrong = [
      [],
      ['nope'],
      ['send'],
      ['send', 'Lobby', 'x'],
      ['send', 'lobby', 'two', 'texts'],
      ['send', 'lobby', 'x', '--retry-for', 'soon'],
      ['tail'],
      ['tail', 'lobby', '--frob'],
      ['tail', 'lobby', '--url', 'ftp://x'],
      ['export', 'lobby', '--format', 'xml'],
      ['export', 'lobby', '--format', 'csv', '--delimiter', '|'],
      ['export', 'lobby', '--bom'],
      ['token', '--sub', 'ada'],
      ['token', '--sub', 'ada', '--subscribe', 'Team!'],
    ];
    const ends = await Promise.all(wrong.map((args) => carillon(args)));
    for (const { code, stdout, stderr } of ends) {
      expect([code, stdout]).toEqual([64, '']);
      expect(stderr).toMatch(/^carillon: [^\n]+\n$/);
    }
  });

  it('ends with 69 where no server answers', async () => {
    const nowhere = { CARILLON_URL: 'http://127.0.0.1:9' };
    const { code, stderr } = await carillon(['send', 'lobby', 'x', '--retry-for', '1s'], nowhere);
    expect([code, stderr]).toEqual([69, 'carillon: send: No answer from the server\n']);
  });
});

describe('carillon send', { timeout: SLOW_MS }, () => {
  it('posts its argument or stdin, and prints where it is', async () => {
    expect(await carillon(['send', 'cli-send-a', 'hello there'], env())).toMatchObject({
      code: 0,
      stdout: 'cli-send-a/1\n',
    });
    expect(await carillon(['send', 'cli-send-a'], env(), 'two\nlines\n')).toMatchObject({
      stdout: 'cli-send-a/2\n',
    });
    expect(await carillon(['send', 'cli-send-a', '-', '--reply-to', '1'], env(), 'answer')).toMatchObject({
      code: 0,
    });
    expect((await messages('cli-send-a')).map(({ body, replyTo }) => [body, replyTo])).toEqual([
      ['hello there', undefined],
      ['two\nlines', undefined],
      ['answer', 1],
    ]);
  });

  it('stores what is sent with one key once, and prints the message as JSON', async () => {
    const send = () => carillon(['send', 'cli-send-b', 'x', '--key', 'k1', '--json'], env());
    const [first, second] = [await send(), await send()];
    expect(JSON.parse(first.stdout)).toMatchObject({ channel: 'cli-send-b', seq: 1, body: 'x', key: 'k1' });
    expect(second).toEqual(first);
    expect(await messages('cli-send-b')).toHaveLength(1);
  });

  it('ends with 65 where the key of somebody names another message of theirs', async () => {
    const { url } = await lentStandalone('guarded');
    const grants = { subscribe: ['cli-*'], publish: ['cli-*'], moderate: [] };
    const ada = { CARILLON_URL: url, CARILLON_TOKEN: signToken('ada', { carillon: grants }) };
    const send = (body: string) => carillon(['send', 'cli-send-d', body, '--key', 'k1'], ada);
    expect([(await send('x')).code, (await send('y')).code]).toEqual([0, 65]);
  });

  it('ends with 65 where the text is none, too long or not UTF-8, and sends nothing', async () => {
    for (const text of ['', '\n', 'x'.repeat(70_000), Buffer.from([0x61, 0xff])]) {
      const { code, stderr } = await carillon(['send', 'cli-send-c'], env(), text);
      expect(code).toBe(65);
      expect(stderr).toMatch(/^carillon: send: [^\n]+\n$/);
    }
    expect(await messages('cli-send-c')).toEqual([]);
  });
});

describe('carillon tail', { timeout: SLOW_MS }, () => {
  it('shows what was said last, and what is said', async () => {
    await post('cli-tail-a', 'one', 'two', 'three');
    const running = tail('cli-tail-a', '--since', '-2');
    await shows(running, 'three');
    await post('cli-tail-a', 'four\nfive');
    await shows(running, 'five');
    const lines = running.stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''))).toEqual([
      '2 Guest: two',
      '3 Guest: three',
      '4 Guest: four',
      '    five',
    ]);
  });

  it('follows several channels and names them, and writes JSON', async () => {
    await post('cli-tail-b', 'b');
    await post('cli-tail-c', 'c');
    const words = tail('cli-tail-b', 'cli-tail-c', '--since', 'earliest');
    const json = tail('cli-tail-b', 'cli-tail-c', '--since', 'earliest', '--json');
    await shows(words, '#cli-tail-b 1 Guest: b');
    await shows(words, '#cli-tail-c 1 Guest: c');
    await eventually('two lines', () => json.stdout.split('\n').length === 3, SLOW_MS);
    const events = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { channel: string });
    expect(events.map(({ channel }) => channel).sort()).toEqual(['cli-tail-b', 'cli-tail-c']);
  });

  it('makes what others write harmless to a terminal', async () => {
    await post('cli-tail-d', '\u001b]0;title\u0007 \u001b[2J \u009b2J \u202e txt.exe', 'end');
    const words = tail('cli-tail-d');
    const json = tail('cli-tail-d', '--json');
    await shows(words, 'end');
    await shows(json, '"end"');
    expect(words.stdout).toContain('␛]0;title␇ ␛[2J �2J � txt.exe');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    for (const { stdout } of [words, json]) expect(stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  it('colours where stdout is a terminal, and not where NO_COLOR is set', async () => {
    await post('cli-tail-e', 'colourful');
    const inTerminal = async (environment: Record<string, string>) => {
      const { PATH = '' } = process.env;
      const child = spawn(
        'script',
        ['-qec', `exec ${process.execPath} ${binary} tail cli-tail-e`, '/dev/null'],
        {
          env: { PATH, TERM: 'xterm', ...env(), ...environment },
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      );
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
      });
      try {
        await eventually('the whole line', () => /colourful[\s\S]*\n/.test(shown), SLOW_MS);
        return shown;
      } finally {
        child.kill();
      }
    };
    const [plain, coloured] = await Promise.all([inTerminal({ NO_COLOR: '1' }), inTerminal({})]);
    expect(plain).toContain('1 Guest: colourful');
    expect(coloured).toContain('Guest\u001b[39m: colourful');
    expect(plain).not.toContain('\u001b');
  });

  it('ends with 130 on Ctrl-C, and quietly when its reader has enough', async () => {
    await post('cli-tail-f', 'one', 'two');
    const running = tail('cli-tail-f');
    await shows(running, 'two');
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, stderr: '' });
    // It learns that nobody reads when it next writes.
    const pipe = `set -o pipefail; ${process.execPath} ${binary} tail cli-tail-f --since earliest | head -n 1`;
    let over = false;
    const piped = run('bash', ['-c', pipe], { env: { ...process.env, ...env() } }).finally(() => {
      over = true;
    });
    while (!over) {
      await post('cli-tail-f', 'more');
      await sleep(100);
    }
    expect((await piped).stdout).toContain('Guest: one');
  });

  it('goes on where its cursor file stands, nothing twice and nothing lost', async () => {
    const file = join(folder, 'cursor');
    await post('cli-tail-g', 'one', 'two');
    const args = ['cli-tail-g', '--since', 'earliest', '--cursor-file', file];
    const first = tail(...args);
    await shows(first, 'two');
    first.kill('SIGINT');
    await first.ended;
    await post('cli-tail-g', 'three');
    const second = tail(...args);
    await shows(second, 'three');
    second.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).not.toMatch(/one|two/);
    expect(readFileSync(file, 'utf8')).toMatch(/^\S+\.3\n$/);
  });
});

describe('carillon channels and export', { timeout: SLOW_MS }, () => {
  it('lists channels, in words and as JSON', async () => {
    await post('cli-list-a', 'x', 'y');
    const [words, json] = await Promise.all([
      carillon(['channels'], env()),
      carillon(['channels', '--json'], env()),
    ]);
    expect(words.stdout).toMatch(/^cli-list-a +2 +\d{4}-/m);
    const found = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { channel: string; head: number });
    expect(found.find(({ channel }) => channel === 'cli-list-a')).toMatchObject({ head: 2 });
  });

  it('writes a channel of several pages, in both formats, to stdout and to a file', async () => {
    const bodies = Array.from({ length: 450 }, (_, index) => `m${index + 1}`);
    bodies[2] = '=1+1, "quoted"\nline';
    await post('cli-export', ...bodies);
    const { code, stdout } = await carillon(['export', 'cli-export'], env());
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; body: string });
    expect(lines.map(({ body }) => body)).toEqual(bodies);
    const file = join(folder, 'export.csv');
    await carillon(['export', 'cli-export', '--format', 'csv', '-o', file], env());
    const csv = readFileSync(file, 'utf8').split('\r\n');
    expect(csv[0]).toBe('channel,seq,createdAt,authorId,authorName,replyTo,body,key,editedAt,deletedAt');
    expect(csv[3]).toMatch(/^cli-export,3,[^,]+,guest,Guest,,"'=1\+1, ""quoted""\nline",,,$/);
    expect([csv.length, existsSync(`${file}.part`)]).toEqual([452, false]);
  });

  it('makes what others wrote harmless to a terminal, and writes it exactly elsewhere', async () => {
    const nasty = '\u001b]0;title\u0007 \u001b[2J \u009b2J \u202e txt.exe';
    await post('cli-export-b', nasty);
    for (const format of ['ndjson', 'csv']) {
      const { PATH = '' } = process.env;
      const options = { env: { PATH, TERM: 'xterm', ...env() } };
      const command = `${process.execPath} ${binary} export cli-export-b --format ${format}`;
      const { stdout } = await run('script', ['-qec', command, '/dev/null'], options);
      expect(stdout).toContain('txt.exe');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(stdout).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]/);
    }
    const csv = await carillon(['export', 'cli-export-b', '--format', 'csv'], env());
    expect(csv.stdout).toContain(`,${nasty},`);
    const json = await carillon(['export', 'cli-export-b'], env());
    expect(JSON.parse(json.stdout)).toMatchObject({ body: nasty });
  });

  it('leaves no half file, and says which cannot be written', async () => {
    const file = join(folder, 'none', 'x.ndjson');
    const { code, stderr } = await carillon(['export', 'cli-export', '-o', file], env());
    expect(code).toBe(73);
    expect(stderr).toMatch(/^carillon: export: .*x\.ndjson cannot be written: [^\n]+\n$/);
  });
});

describe('carillon token', { timeout: SLOW_MS }, () => {
  let guarded: { url: string };
  beforeAll(async () => {
    guarded = await lentStandalone('guarded');
  });

  it('signs what the server takes, for the channels that it says', async () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${JWT_SECRET}\n`);
    const granted = ['--subscribe', 'team-*', '--publish', 'team-*'];
    const { code, stdout } = await carillon(
      ['token', '--sub', 'ada', '--name', 'Ada', ...granted, '--expires', '5m', '--audience', 'chat'],
      { JWT_SECRET_FILE: file },
    );
    expect(code).toBe(0);
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, stdout);
    const environment = { CARILLON_URL: guarded.url, CARILLON_TOKEN_FILE: tokenFile };
    const sent = await carillon(['send', 'team-a', 'hello', '--json'], environment);
    expect(JSON.parse(sent.stdout)).toMatchObject({ author: { id: 'ada', name: 'Ada' } });
    const running = start(['tail', 'team-a'], environment);
    tailing.push(running);
    await shows(running, 'Ada: hello');
    const refused = await Promise.all([
      carillon(['send', 'lobby', 'hello'], environment),
      carillon(['send', 'team-a', 'hello'], { CARILLON_URL: guarded.url }),
      carillon(['tail', 'lobby'], environment),
      carillon(['tail', 'lobby'], { CARILLON_URL: guarded.url, CARILLON_TOKEN: 'nonsense' }),
    ]);
    for (const { code: ended, stderr } of refused) {
      expect(ended).toBe(77);
      expect(stderr).toMatch(/^carillon: (send|tail): [^\n]+\n$/);
    }
  });
});
