/**
 * The compose stack for real, from nothing: up, all green, post and stream, scale, kill, each component stopped and
 * started, a backup restored, in place and after everything was lost, down. Prints a line for each step; exits with 1 at the first that fails, after the logs of the services.
 *
 *   npm run test:compose
 */
import { randomUUID } from 'node:crypto';
import { get } from 'node:https';
import { restoreInPlace, restoreOnNewMachine } from './backup.ts';
import { type Check, until, untilGreen } from './checks.ts';
import { startReaders } from './readers.ts';
import { compose, containersOf, HTTP, HTTPS, prepareEngine, run } from './stack.ts';

/** All of it takes 5 minutes, and longer where images are built; what hangs is ended. */
const WITHIN_MS = 30 * 60_000;

/** What is stopped has to be seen within this, ms. */
const RED_WITHIN_MS = 5_000;

/** A message is there in milliseconds; a crowded machine takes longer. */
const STREAM_WITHIN_MS = 30_000;

/** What each component is called on /checks. */
const LINES: Readonly<Record<string, RegExp>> = {
  mosquitto: /^mqtt$/,
  kafka: /^kafka$/,
  redis: /^redis$/,
  worker: /^worker$/,
  'broadcast-sse': /^broadcast/,
  postgres: /^postgresql$/,
};

const startedAt = performance.now();
const watchdog = setTimeout(
  () => fail(new Error(`not done within ${WITHIN_MS / 60_000} minutes`)),
  WITHIN_MS,
);

await step('an engine', prepareEngine);
await step('down, with whatever was left', () =>
  compose(['down', '--volumes', '--remove-orphans']).then(() => ''),
);
await step('up from nothing: docker compose up --build --wait', async () => {
  await compose(['up', '--build', '--wait'], 15 * 60_000);
  return `${(await compose(['ps', '--quiet'])).trim().split('\n').length} containers`;
});
await step('all green on /checks, through nginx', async () => {
  const { names } = await untilGreen('all green', 120_000);
  return names.join(', ');
});
await step('a post and its stream, by http and by https', postAndStream);
await step('no store can be reached from nginx, and nothing of nginx can be written', confined);

const readers = await step('12 readers and posts without pause', async () => {
  const started = await startReaders(12);
  await started.have(20);
  return started;
});
await step('broadcast-sse scaled to 3: nginx takes the third up', async () => {
  await compose([
    'up',
    '--detach',
    '--no-build',
    '--no-recreate',
    '--wait',
    '--scale',
    'broadcast-sse=3',
    'broadcast-sse',
  ]);
  return `${await nodesKnown(3)} nodes`;
});
await step('one of the three killed: its readers go on elsewhere', async () => {
  const [victim = ''] = await containersOf('broadcast-sse');
  await run('docker', ['kill', victim]);
  const killedAt = performance.now();
  await readers.have(readers.posted + 50);
  return `every reader had 50 more messages after ${seconds(killedAt)}`;
});
await step('a chat node killed: posts go on', async () => {
  const [victim = ''] = await containersOf('chat-service');
  await run('docker', ['kill', victim]);
  const killedAt = performance.now();
  await readers.have(readers.posted + 50);
  return `every reader had 50 more messages after ${seconds(killedAt)}`;
});
await step('nothing was lost', () => readers.finish());
await step('two of each again', async () => {
  await compose(['up', '--detach', '--no-build', '--wait', '--scale', 'broadcast-sse=2']);
  return `${await nodesKnown(2)} nodes`;
});
await step('all green', () =>
  untilGreen('all green', 60_000).then(({ ms }) => `after ${(ms / 1_000).toFixed(1)} s`),
);

for (const [service, line] of Object.entries(LINES)) {
  await step(`${service} stopped and started: its line turns red, and green again`, async () => {
    let stoppedAt = Number.POSITIVE_INFINITY;
    const stopping = compose(['stop', service]).then(() => {
      stoppedAt = performance.now();
    });
    const isRed = (checks: readonly Check[]) =>
      checks.some(({ name, status }) => line.test(name) && status === 'failed');
    const { seen } = await until(isRed, `${service} red`, 60_000);
    // A component that drains may be red before its stop is done.
    const late = Math.max(0, performance.now() - stoppedAt);
    await stopping;
    if (late > RED_WITHIN_MS) throw new Error(`red only ${late.toFixed(0)} ms after the stop`);
    const { detail = '' } = seen.find(({ name }) => line.test(name)) ?? {};
    await compose(['start', service]);
    const back = await untilGreen(`all green after ${service} started`, 90_000);
    return `red ${(late / 1_000).toFixed(1)} s after it had stopped ("${detail}"); all green ${(back.ms / 1_000).toFixed(1)} s after its start`;
  });
}
await step('a post and its stream still', postAndStream);
await step('every log of ours is JSON', logsAreJson);
await step('a backup restored in place, as docs/compose.md prints it', restoreInPlace);
await step('and on a new machine, after every volume was lost', restoreOnNewMachine);
await step('down with volumes', async () => {
  await compose(['down', '--volumes'], 180_000);
  const left = await run('docker', [
    'volume',
    'ls',
    '--quiet',
    '--filter',
    'label=com.docker.compose.project=carillon-test',
  ]);
  if (left !== '') throw new Error(`volumes are left: ${left}`);
  return 'nothing is left';
});
clearTimeout(watchdog);
console.log(`done in ${seconds(startedAt)}`);

/** Runs a step and prints its line, with what the step returns if that is text. */
async function step<T>(what: string, action: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    const given = await action();
    console.log(
      `ok   ${seconds(start).padStart(7)}  ${what}${typeof given === 'string' && given !== '' ? `: ${given}` : ''}`,
    );
    return given;
  } catch (error) {
    console.log(`FAIL ${seconds(start).padStart(7)}  ${what}`);
    return fail(error);
  }
}

async function fail(error: unknown): Promise<never> {
  console.error(error instanceof Error ? error.message : error);
  console.error(await compose(['ps', '--all']).catch(String));
  console.error(await compose(['logs', '--tail', '15']).catch(String));
  await compose(['down', '--volumes'], 180_000).catch(() => {});
  process.exit(1);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}

async function postAndStream(): Promise<string> {
  const channel = `post-${randomUUID().slice(0, 8)}`;
  const stream = await fetch(`${HTTP}/c/${channel}`, { signal: AbortSignal.timeout(STREAM_WITHIN_MS) });
  const type = stream.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream')) throw new Error(`the stream is ${stream.status} ${type}`);
  let text = '';
  let isPosted = false;
  for await (const bytes of stream.body ?? []) {
    text += Buffer.from(bytes).toString();
    if (text.includes('"body":"Hello"')) break;
    // Only with `open` is it said from where the stream goes.
    if (isPosted || !text.includes('event: open')) continue;
    isPosted = true;
    const posted = await fetch(`${HTTP}/c/${channel}`, { method: 'POST', body: 'Hello' });
    if (posted.status !== 201) throw new Error(`the post is ${posted.status}: ${await posted.text()}`);
  }
  const page = await new Promise<string>((resolve, reject) => {
    // Its certificate is of the deployment's own authority.
    const options = { rejectUnauthorized: false, headers: { accept: 'text/html' } };
    get(`${HTTPS}/c/${channel}`, options, (answer) => resolve(String(answer.headers['content-type']))).on(
      'error',
      reject,
    );
  });
  if (!page.startsWith('text/html')) throw new Error(`by https the page is ${page}`);
  return '';
}

async function confined(): Promise<string> {
  for (const store of ['postgres', 'redis', 'mosquitto', 'kafka'])
    await refused(['exec', '-T', 'nginx', 'getent', 'hosts', store], `nginx knows ${store}`);
  await refused(['exec', '-T', 'nginx', 'touch', '/nginx/x'], 'nginx writes to its root');
  const inspect = [
    'inspect',
    '--format',
    '{{.Name}} {{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}',
  ];
  const ids = (await compose(['ps', '--quiet'])).trim().split('\n');
  const found = (await run('docker', [...inspect, ...ids])).trim().split('\n');
  const open = found.filter((line) => !/ \S+ true \[ALL\]$/.test(line) || / (root|0) true/.test(line));
  if (open.length > 0) throw new Error(`not confined:\n${open.join('\n')}`);
  return `${found.length} containers without root, with a read-only root`;
}

async function refused(args: readonly string[], what: string): Promise<void> {
  const worked = await compose(args).then(
    () => true,
    () => false,
  );
  if (worked) throw new Error(what);
}

/** Waits until nginx's own configuration has so many broadcast nodes, and each of them has readers. */
async function nodesKnown(count: number): Promise<number> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const nodes = await compose(['exec', '-T', 'nginx', 'grep', '-c', ':8082 ', '/tmp/nginx/nodes.conf']);
    if (Number(nodes) === count) return count;
    if (Date.now() > deadline) throw new Error(`nginx has ${nodes.trim()} broadcast nodes, not ${count}`);
  }
}

async function logsAreJson(): Promise<string> {
  let lines = 0;
  for (const service of ['nginx', 'chat-service', 'broadcast-sse', 'worker', 'hello-bot']) {
    const text = await compose(['logs', '--no-log-prefix', '--no-color', service]);
    for (const line of text.split('\n').filter(Boolean)) {
      try {
        JSON.parse(line);
      } catch {
        throw new Error(`${service} wrote no JSON: ${line}`);
      }
      lines += 1;
    }
  }
  return `${lines} lines`;
}
