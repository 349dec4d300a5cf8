import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Kubernetes, kubernetesInstalled, PROGRAMS, startKubernetes } from '../servers/kubernetes.ts';
import { at, CHART, KUBERNETES, NAMES, type Resource, valuesOf } from './chart.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** An API server that was just started compiles itself the first time; controllers take a while on a busy machine. */
const UP_WITHIN_MS = 45 * 60_000;
const SEEN_WITHIN_MS = 120_000;

/** What the operator's own has of what the chart makes, and no more: it is to be known, not checked. */
const POD_MONITORS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: podmonitors.monitoring.coreos.com }
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: { kind: PodMonitor, plural: podmonitors, singular: podmonitor, listKind: PodMonitorList }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

/** The chart as the last release had it, in a folder; where there is none yet, as it is now. */
function lastRelease(into: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'safe.directory=*', '-C', ROOT, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  const [tag] = git('tag', '--list', 'v*', '--sort=-version:refname', '--merged', 'HEAD').split('\n');
  if (!tag || git('ls-tree', tag, 'deploy/helm/carillon') === '') return CHART;
  // With what its files link to.
  const archive = join(into, 'deploy.tar');
  git('archive', '--output', archive, tag, 'deploy');
  execFileSync('tar', ['-xf', archive, '-C', into]);
  return join(into, 'deploy/helm/carillon');
}

describe.runIf(kubernetesInstalled)('the chart at a Kubernetes API server', { timeout: 600_000 }, () => {
  let cluster: Kubernetes;
  let directory: string;
  const mark = randomBytes(3).toString('hex');
  const namespaceOf = (name: string) => `chart-${mark}-${name}`;
  const namespaces: string[] = [];

  beforeAll(() => {
    cluster = startKubernetes();
    directory = mkdtempSync(join(tmpdir(), 'carillon-chart-'));
  }, UP_WITHIN_MS);
  afterAll(async () => {
    if (namespaces.length > 0)
      await cluster.kubectl('delete', 'namespace', '--wait=false', '--ignore-not-found', ...namespaces);
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 120_000);

  /** A namespace that refuses what the strictest Pod Security Standard refuses. */
  async function namespace(name: string): Promise<string> {
    const full = namespaceOf(name);
    await cluster.kubectl('create', 'namespace', full);
    namespaces.push(full);
    await cluster.kubectl('label', 'namespace', full, 'pod-security.kubernetes.io/enforce=restricted');
    return full;
  }
  const install = (into: string, chart: string, ...flags: string[]) =>
    cluster.helm('upgrade', '--install', 'carillon', chart, '--namespace', into, ...flags);
  async function list(into: string, kinds: string): Promise<Resource[]> {
    const answer = JSON.parse(await cluster.kubectl('-n', into, 'get', kinds, '-o', 'json')) as {
      items: Resource[];
    };
    return answer.items;
  }
  const uninstall = (from: string) => cluster.helm('uninstall', 'carillon', '--namespace', from);

  it.each(NAMES)(
    'of the environment %s has nothing that helm lint --strict or the server refuses',
    async (name) => {
      await cluster.helm('lint', '--strict', '--kube-version', KUBERNETES, CHART, ...valuesOf(name));
      const into = await namespace(`dry-${name}`);
      // A pod is only let in where its account is.
      await cluster.kubectl('-n', into, 'create', 'serviceaccount', 'carillon');
      const rendered = join(directory, `${name}.yaml`);
      const flags = ['--set', 'helloBot.enabled=true', '--set', 'ingress.enabled=true'];
      writeFileSync(
        rendered,
        await cluster.helm(
          'template',
          'carillon',
          CHART,
          '--namespace',
          into,
          '--kube-version',
          KUBERNETES,
          ...valuesOf(name),
          ...flags,
        ),
      );
      await cluster.kubectl('-n', into, 'apply', '--dry-run=server', '-f', rendered);
    },
  );

  it.each(NAMES)(
    'of the environment %s is installed, and the server lets every pod of it in',
    async (name) => {
      const into = await namespace(name);
      const flags = [...valuesOf(name), '--set', 'helloBot.enabled=true'];
      expect(await install(into, CHART, ...flags)).toContain('STATUS: deployed');
      const makers = await list(into, 'deployments,statefulsets,jobs');
      expect(makers.length).toBeGreaterThanOrEqual(name === 'prod' ? 6 : 10);
      await eventually(
        'a pod of each',
        async () => {
          const pods = await list(into, 'pods');
          const having = new Set(pods.map(({ metadata }) => metadata.labels['app.kubernetes.io/component']));
          return makers.every(({ metadata }) => having.has(metadata.labels['app.kubernetes.io/component']));
        },
        SEEN_WITHIN_MS,
      );
      // The server says by an event where it lets a pod not in.
      const events = (await list(into, 'events')) as (Resource & { reason: string; message: string })[];
      expect(events.filter(({ reason }) => reason === 'FailedCreate').map(({ message }) => message)).toEqual(
        [],
      );
      await uninstall(into);
    },
  );

  it('is upgraded from the last release: secrets stay, and nothing that cannot be changed is', async () => {
    const into = await namespace('upgrade');
    const before = lastRelease(directory);
    await install(into, before, '--set', 'image.tag=0.0.1', '--set', 'logLevel=warn');
    const secrets = () =>
      list(into, 'secrets').then((all) => all.filter(({ metadata }) => !metadata.name.startsWith('sh.helm')));
    const data = async () =>
      Object.fromEntries(
        (await secrets()).map((secret) => [secret.metadata.name, at<object>(secret, 'data')]),
      );
    const made = await data();
    expect(Object.keys(made)).toEqual(['carillon-certificate', 'carillon-made']);
    const volumes = (await list(into, 'persistentvolumeclaims')).map(({ metadata }) => metadata.name);

    const flags = [
      'chatService.replicas=5',
      'broadcastSse.autoscaling.enabled=true',
      'topics.partitions=9',
      'env.RATE_LIMIT=off',
    ];
    await install(into, CHART, ...flags.flatMap((flag) => ['--set', flag]));
    expect(await data()).toEqual(made);
    const [chat] = (await list(into, 'deployments')).filter(
      ({ metadata }) => metadata.name === 'carillon-chat-service',
    );
    expect(at(chat, 'spec', 'replicas')).toBe(5);
    expect(await list(into, 'horizontalpodautoscalers')).toHaveLength(1);
    // The old one went.
    expect((await list(into, 'jobs')).map(({ metadata }) => metadata.name)).toHaveLength(1);

    // What was off is turned on, and off again.
    await install(into, CHART, '--set', 'kafka.enabled=false');
    expect(await data()).not.toEqual({});
    // Without a value of its own, helm would take those of the last time.
    await install(into, CHART, '--reset-values');
    expect(at(await data(), 'carillon-made', 'kafka-worker-password')).toBe(
      at(made, 'carillon-made', 'kafka-worker-password'),
    );

    await uninstall(into);
    expect(await data()).toEqual(made);
    expect((await list(into, 'persistentvolumeclaims')).map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(volumes.filter((name) => name.startsWith('data-'))),
    );
    await install(into, CHART);
    expect(await data()).toEqual(made);
    await uninstall(into);
  });

  it('makes PodMonitors once the server knows them', async () => {
    const into = await namespace('monitors');
    const definition = join(directory, 'pod-monitors.yaml');
    writeFileSync(definition, POD_MONITORS);
    await cluster.kubectl('apply', '-f', definition);
    await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', '-f', definition);
    try {
      await eventually(
        'the server to serve them',
        () =>
          list(into, 'podmonitors').then(
            () => true,
            () => false,
          ),
        SEEN_WITHIN_MS,
      );
      await install(into, CHART);
      const names = (await list(into, 'podmonitors')).map(({ metadata }) => metadata.name);
      expect(names).toEqual([
        'carillon-broadcast-sse',
        'carillon-chat-service',
        'carillon-hello-bot',
        'carillon-worker',
      ]);
      await uninstall(into);
    } finally {
      await cluster.kubectl('delete', '-f', definition, '--wait=false');
    }
  });

  it('brings all three environments up by deploy/minikube, says where they are, and takes them down', async () => {
    const own = `chart-${mark}-three`;
    const all = [own, `${own}-dev`, `${own}-prod`];
    namespaces.push(...all);
    const env = {
      ...process.env,
      PATH: PROGRAMS,
      KUBECONFIG: cluster.kubeconfig,
      WITHOUT_MINIKUBE: '1',
      NAMESPACE: own,
    };
    const minikube = async (command: string, more = {}) =>
      (await run(join(ROOT, 'deploy/minikube'), [command], { env: { ...env, ...more } })).stdout;

    const up = await minikube('up', { NO_WAIT: '1' });
    for (const name of NAMES)
      expect(up).toMatch(new RegExp(`^${name}: http://<address of a node>:3\\d{4}$`, 'm'));
    const topics = await Promise.all(
      all.map(async (each) => {
        const [bot] = (await list(each, 'deployments')).filter(({ metadata }) =>
          metadata.name.endsWith('hello-bot'),
        );
        return at<{ name: string; value: string }[]>(
          bot,
          'spec',
          'template',
          'spec',
          'containers',
          0,
          'env',
        ).find(({ name }) => name === 'HELLO_BOT_CHANNEL')?.value;
      }),
    );
    expect(topics).toEqual(['hello', 'hello-dev', 'hello-prod']);
    expect(await minikube('status')).toContain('== prod');

    await minikube('down');
    await eventually(
      'the namespaces to go',
      async () => {
        const left = JSON.parse(await cluster.kubectl('get', 'namespaces', '-o', 'json')) as {
          items: Resource[];
        };
        return !left.items.some(({ metadata }) => all.includes(metadata.name));
      },
      SEEN_WITHIN_MS,
    );
    expect(await minikube('status')).toContain('prod: is not installed');
  });
});
