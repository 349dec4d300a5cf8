import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';

const SECRET = 'a text that is deleted later';
const soon = { timeout: 30_000, interval: 20 };

let server: { url: string };
let running: ChildProcess[] = [];
beforeAll(async () => {
  server = await lentStandalone('open');
});
afterEach(() => {
  for (const child of running) child.kill();
  running = [];
});

/** A stream as curl prints it, from here on until the end of the test. */
function stream(path: string, ...options: string[]): () => string {
  const child = spawn('curl', ['-s', '-N', ...options, server.url + path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return () => output;
}

it('an edit, a reaction and a deletion are events of the log, live and replayed, and a deleted text is nowhere after', async () => {
  const session = await fetch(`${server.url}/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Ada' }),
  });
  const Cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  const ask = async (method: string, path: string, body?: string) => {
    const answer = await fetch(`${server.url}/v1/channels/changes/messages${path}`, {
      method,
      headers: { Cookie, 'Content-Type': 'text/plain' },
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.ok, await answer.clone().text()).toBe(true);
  };
  await ask('POST', '', 'first');
  const live = stream('/c/changes');
  const several = stream('/v1/stream?channel=changes&channel=changes-other');
  for (const output of [live, several]) await expect.poll(output, soon).toContain('event: open\n');

  await ask('POST', '', SECRET);
  await ask('PATCH', '/2', `${SECRET}, edited`);
  await ask('PUT', `/2/reactions/${encodeURIComponent('👍')}`);
  for (const output of [live, several]) {
    await expect.poll(output, soon).toContain('"count":1');
    expect(output()).toMatch(/event: channel\ndata: {"type":"edit".*"target":2/);
    expect(output()).toMatch(/event: channel\ndata: {"type":"reaction".*"emoji":"👍"/);
  }
  const atTheEdit = /^event: channel\ndata: {"type":"edit".*\nid: (.*)$/m.exec(live())?.[1] ?? '';
  const atTheFirst = atTheEdit.replace(/\d+$/, '1');
  const resumed = stream('/c/changes', '-H', `Last-Event-ID: ${atTheEdit}`);
  await expect.poll(resumed, soon).toContain('"type":"reaction"');
  expect(resumed()).not.toContain('"type":"edit"');

  await ask('DELETE', '/2');
  for (const output of [live, several, resumed]) await expect.poll(output, soon).toContain('"type":"delete"');
  const replays = [
    stream('/c/changes?since=earliest'),
    stream('/c/changes?since=-20'),
    stream('/c/changes', '-H', `Last-Event-ID: ${atTheFirst}`),
    stream('/v1/stream?channel=changes&channel=changes-other&since=earliest'),
  ];
  for (const output of replays) {
    await expect.poll(output, soon).toContain('"type":"delete"');
    expect(output()).toContain('"deletedAt"');
    expect(output()).not.toContain(SECRET);
  }
  const paths = ['/messages', '/messages/2', '/messages/2/revisions', '/events', ''].map(
    (path) => `/v1/channels/changes${path}`,
  );
  for (const path of [...paths, '/v1/channels', `/v1/search?q=deleted`]) {
    const answer = await fetch(server.url + path, { headers: { Cookie } });
    expect(await answer.text(), path).not.toContain(SECRET);
  }
}, 120_000);
