import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { mosquittoInstalled } from '../../tests/servers/mosquitto.ts';

const soon = { timeout: 30_000, interval: 10 };

let server: Awaited<ReturnType<typeof lentStandalone>>;
let running: ChildProcess[] = [];
beforeAll(async () => {
  server = await lentStandalone('open');
});
afterEach(() => {
  for (const child of running) child.kill();
  running = [];
});

describe('curl', () => {
  it('posts a text to a channel, by its URL', async () => {
    const { head, body } = await curl('-d', 'hello', '/c/curl-post');
    expect(head).toMatch(/^HTTP\/1.1 201 Created\r\n/);
    expect(head).toMatch(/^location: \/v1\/channels\/curl-post\/messages\/1\r$/im);
    expect(JSON.parse(body)).toMatchObject({ channel: 'curl-post', seq: 1, body: 'hello' });
  });

  it.for([
    { as: 'curl -N', options: [] },
    { as: 'curl -N --http1.0', options: ['--http1.0'] },
    { as: 'curl -N --http2', options: ['--http2'] },
    { as: 'curl -N --compressed', options: ['--compressed'] },
  ])('streams what is posted: $as', async ({ options }) => {
    const channel = `streamed${options.join('').replace('.', '')}`;
    const { output } = stream(...options, `/c/${channel}`);
    await expect.poll(output, soon).toContain('event: open\n');
    for (const text of ['first', 'second']) {
      await curl('-d', text, `/c/${channel}`);
      await expect.poll(output, soon).toContain(`"body":"${text}"`);
    }
  });

  it('goes on after the event whose id it sends as Last-Event-ID', async () => {
    for (const text of ['one', 'two', 'three']) await curl('-d', text, '/c/resumed');
    const first = stream('/c/resumed?since=-2');
    await expect.poll(first.output, soon).toContain('"body":"three"');
    const id = /^data: .*"body":"two".*\nid: (.*)$/m.exec(first.output())?.[1];
    const second = stream('-H', `Last-Event-ID: ${id}`, '/c/resumed');
    await expect.poll(second.output, soon).toContain('"body":"three"');
    expect(second.output()).not.toContain('"body":"two"');
    expect(second.output()).not.toContain('event: reset');
  });

  it.for(['/c/heads', '/v1/channels/heads/stream', '/v1/stream?channel=heads&channel=other'])(
    'gets the headers of a stream that no proxy may hold back, and no compression: %s',
    async (path) => {
      const { output } = stream('-i', '-H', 'Accept-Encoding: gzip, br', path);
      await expect.poll(output, soon).toContain('event: open');
      const head = output().split('\r\n\r\n')[0]?.toLowerCase() ?? '';
      expect(head).toMatch(/^http\/1.1 200 ok\r\n/);
      expect(head).toContain('content-type: text/event-stream; charset=utf-8\r\n');
      expect(head).toContain('cache-control: no-store, no-transform\r\n');
      expect(head).toContain('x-accel-buffering: no');
      expect(head).not.toMatch(/content-encoding|content-length/);
    },
  );

  it('gets the head of a stream alone, by HEAD, and the connection is free for the next request', async () => {
    const { head, body } = await curl('--head', '/c/heads');
    expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(head).toMatch(/^content-type: text\/event-stream; charset=utf-8\r$/im);
    expect(body).toBe('');
  });

  it('gets the page of a channel when it asks for HTML as a browser does', async () => {
    const { head, body } = await curl('-H', 'Accept: text/html', '/c/heads');
    expect(head).toMatch(/^content-type: text\/html; charset=utf-8\r$/im);
    expect(body).toMatch(/^<!doctype html>/i);
  });

  it.for(['text/html;q=0, */*', 'text/html;q=0.5, text/event-stream', 'text/event-stream, text/html'])(
    'gets the stream of a channel when it refuses HTML or wants it less: Accept: %s',
    async (accept) => {
      const { output } = stream('-i', '-H', `Accept: ${accept}`, '/c/heads');
      await expect.poll(output, soon).toContain('event: open');
    },
  );

  it('gets the page of a channel when it refuses the stream, and 406 where there is nothing else', async () => {
    const page = await curl('-H', 'Accept: text/event-stream;q=0, */*', '/c/heads');
    expect(page.body).toMatch(/^<!doctype html>/i);
    for (const path of ['/c/heads', '/v1/channels/heads/stream', '/v1/stream?channel=heads']) {
      const { head, body } = await curl('-H', 'Accept: text/event-stream;q=0', path);
      expect(head).toMatch(/^HTTP\/1.1 406 /);
      expect(JSON.parse(body)).toMatchObject({ code: 'not_acceptable', status: 406 });
    }
  });

  it('gets a file of the page packed only where it takes that', async () => {
    const [script = ''] = /\/assets\/[^"]+\.js/.exec((await curl('/index.html')).body) ?? [];
    const packed = await curl('--compressed', '-H', 'Accept-Encoding: gzip', script);
    expect(packed.head).toMatch(/^content-encoding: gzip\r$/im);
    const plain = await curl('-H', 'Accept-Encoding: gzip;q=0', script);
    expect(plain.head).not.toMatch(/^content-encoding/im);
  });

  it('gets a page with a way back where there is nothing, when it asks for HTML as a browser does', async () => {
    const accept = 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    for (const path of ['/nothing', '/v1/nothing', '/docs/nothing', '/c/heads/nothing']) {
      const { head, body } = await curl('-H', accept, path);
      expect(head).toMatch(/^HTTP\/1.1 404 /);
      expect(head).toMatch(/^content-type: text\/html; charset=utf-8\r$/im);
      expect(head).toMatch(/^vary: accept\r$/im);
      expect(body).toContain('<a href="/c/lobby">');
    }
    for (const options of [[], ['-H', 'Accept: text/html;q=0, */*'], ['-X', 'POST', '-H', accept]]) {
      const { head, body } = await curl(...options, '/nothing');
      expect(head).toMatch(/^HTTP\/1.1 404 /);
      expect(JSON.parse(body)).toMatchObject({ code: 'not_found', status: 404 });
    }
  });

  it('gets the checks as HTML where it prefers that', async () => {
    const check = async (accept: string) => (await curl('-H', `Accept: ${accept}`, '/checks')).body;
    expect(await check('text/html, */*')).toMatch(/^<!doctype html>/i);
    expect(JSON.parse(await check('text/html;q=0, */*'))).toHaveProperty('checks');
    expect(JSON.parse(await check('application/json, text/html;q=0.9'))).toHaveProperty('checks');
  });

  it('gets a message by its URL from the API, and the page of it when it asks for HTML', async () => {
    await curl('-d', 'hello', '/c/linked');
    const { head } = await curl('/c/linked/1');
    expect(head).toMatch(/^HTTP\/1.1 303 /);
    const target = /^location: (.*)\r$/im.exec(head)?.[1] ?? '';
    expect(JSON.parse((await curl(target)).body)).toMatchObject({ seq: 1, body: 'hello' });
    expect((await curl('-H', 'Accept: text/html', '/c/linked/1')).body).toMatch(/^<!doctype html>/i);
    for (const path of ['/c/linked/x', '/c/linked/0', '/c/a%0d%0ax:%20y/1'])
      expect((await curl('-H', 'Accept: text/html', path)).head).toMatch(/^HTTP\/1.1 404 /);
  });
});

it.skipIf(!mosquittoInstalled)('mosquitto_sub at the embedded broker sees what curl posts', async () => {
  const { output } = run('mosquitto_sub', '-p', `${server.mqttPort}`, '-t', 'carillon/#');
  const said = async () => {
    await curl('-d', 'over MQTT', '/c/mqtt');
    return output();
  };
  // Nothing tells when its subscription stands.
  await expect.poll(said, { timeout: 30_000, interval: 200 }).toContain('"body":"over MQTT"');
});

/** One call; its last argument is a path. */
async function curl(...args: string[]): Promise<{ head: string; body: string }> {
  const { stdout } = await promisify(execFile)('curl', [
    '-s',
    '-i',
    ...args.slice(0, -1),
    server.url + args.at(-1),
  ]);
  const end = stdout.indexOf('\r\n\r\n');
  return { head: stdout.slice(0, end + 2), body: stdout.slice(end + 4) };
}

function stream(...args: string[]) {
  return run('curl', '-s', '-N', ...args.slice(0, -1), server.url + args.at(-1));
}

/** A process that lasts until the end of the test, and what it has printed so far. */
function run(command: string, ...args: string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return { output: () => output };
}
