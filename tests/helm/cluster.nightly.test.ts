import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Kubernetes, kubernetesInstalled, PROGRAMS, startKubernetes } from '../servers/kubernetes.ts';
import { at, CHART, KUBERNETES, NAMES, type Resource, settings, TWO_OF_A_JOB, valuesOf } from './chart.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** An API server that was just started compiles itself the first time; controllers take a while on a busy machine. */
const UP_WITHIN_MS = 45 * 60_000;
const SEEN_WITHIN_MS = 120_000;

/** What the operator's own have of what the chart makes, and no more: they are to be known, not checked. */
const OPERATOR = ['PodMonitor', 'Probe', 'PrometheusRule'].map((kind) => {
  const plural = `${kind.toLowerCase()}s`;
  return {
    name: `${plural}.monitoring.coreos.com`,
    text: `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${plural}.monitoring.coreos.com }
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: { kind: ${kind}, plural: ${plural}, singular: ${kind.toLowerCase()}, listKind: ${kind}List }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`,
  };
});

/**
 * The chart as another commit has it, in a folder: of the last release before this commit, or where none was made yet, of the
 * commit that began it.
 */
function chartBefore(into: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'safe.directory=*', '-C', ROOT, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  const chart = 'deploy/helm/carillon';
  try {
    // The tag that is made of this commit is not what is upgraded from.
    const tags = git('tag', '--list', 'v*', '--sort=-version:refname', '--merged', 'HEAD^').split('\n');
    const added = ['log', '--first-parent', '--diff-filter=A', '--format=%H', '--', `${chart}/Chart.yaml`];
    const commit =
      tags[0] ||
      git(...added)
        .split('\n')
        .at(-1);
    if (!commit) throw new Error(`no commit has added ${chart}`);
    // With what its files link to.
    const folders = ['deploy', 'observability'].filter((folder) => git('ls-tree', commit, folder) !== '');
    const archive = join(into, 'before.tar');
    git('archive', '--output', archive, commit, ...folders);
    execFileSync('tar', ['-xf', archive, '-C', into]);
    console.log(`upgraded from the chart of ${commit}`);
    return join(into, chart);
  } catch (error) {
    // Such as an archive, or a clone of one commit.
    console.warn(`NOT upgraded from another chart, but from this one, since git does not have it: ${error}`);
    return CHART;
  }
}

describe.runIf(kubernetesInstalled())('the chart at a Kubernetes API server', { timeout: 600_000 }, () => {
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
      const flags = settings([
        'helloBot.enabled=true',
        'exports.enabled=true',
        'ingress.enabled=true',
        'nginx.trustedProxies={10.244.0.0/16}',
        'nginx.service.type=ClusterIP',
        // As long as a value may be.
        'broadcastSse.drainSeconds=600',
        'nginx.preStopSeconds=600',
      ]);
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

  const secrets = async (from: string) => {
    const all = await list(from, 'secrets');
    const ours = all.filter(({ metadata }) => !metadata.name.startsWith('sh.helm'));
    return Object.fromEntries(ours.map((secret) => [secret.metadata.name, at<object>(secret, 'data')]));
  };
  const replicas = async (from: string, component: string) => {
    const deployments = await list(from, 'deployments');
    return at<number>(
      deployments.find(({ metadata }) => metadata.name === `carillon-${component}`),
      'spec',
      'replicas',
    );
  };

  it('upgrades from the last release, or else from its own first install, and changes no immutable field', async () => {
    const into = await namespace('upgrade');
    await install(into, chartBefore(directory), '--set', 'image.tag=0.0.1', '--set', 'logLevel=warn');
    const made = await secrets(into);
    expect(Object.keys(made)).toEqual(['carillon-certificate', 'carillon-made']);
    expect(await install(into, CHART, '--reset-values')).toContain('STATUS: deployed');
    expect((await secrets(into))['carillon-made']).toEqual(made['carillon-made']);
    // The Job of other settings went.
    expect(await list(into, 'jobs')).toHaveLength(1);
    await uninstall(into);
  });

  it('keeps its secrets through upgrades, with parts off and on again, and when it is removed', async () => {
    const into = await namespace('secrets');
    await install(into, CHART);
    const made = await secrets(into);
    const volumes = (await list(into, 'persistentvolumeclaims')).map(({ metadata }) => metadata.name);

    const flags = ['chatService.replicas=5', 'topics.partitions=9', 'env.RATE_LIMIT=off'];
    await install(into, CHART, ...settings(flags));
    expect(await secrets(into)).toEqual(made);
    expect(await replicas(into, 'chat-service')).toBe(5);
    expect(await list(into, 'jobs')).toHaveLength(1);

    await install(into, CHART, '--set', 'kafka.enabled=false');
    expect(await secrets(into)).not.toEqual(made);
    // Without a value of its own, helm would take those of the last time.
    await install(into, CHART, '--reset-values');
    expect(await secrets(into)).toEqual(made);

    await uninstall(into);
    expect(await secrets(into)).toEqual(made);
    expect((await list(into, 'persistentvolumeclaims')).map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(volumes.filter((name) => name.startsWith('data-'))),
    );
    await install(into, CHART);
    expect(await secrets(into)).toEqual(made);
    await uninstall(into);
  });

  /** For tests that are not about servers and network policies: half as many objects. */
  const SLIM = settings([
    ...['postgresql', 'redis', 'mosquitto', 'kafka', 'topics', 'networkPolicy'].map(
      (part) => `${part}.enabled=false`,
    ),
    'outside.existingSecret=servers',
  ]);

  it('renews its certificate when that is a month old or its name has changed', async () => {
    const into = await namespace('certificate');
    const upgraded = async (...flags: string[]) => {
      await install(into, CHART, '--reset-values', ...SLIM, ...flags);
      return (await secrets(into))['carillon-certificate'];
    };
    const first = await upgraded();
    expect(await upgraded()).toEqual(first);
    const monthAgo = Math.floor(Date.now() / 1_000) - 31 * 86_400;
    const note = ['annotate', '--overwrite', 'secret', 'carillon-certificate'];
    await cluster.kubectl('-n', into, ...note, `carillon/made-at=${monthAgo}`);
    const second = await upgraded();
    expect(second).not.toEqual(first);
    expect(await upgraded('--set', 'nginx.host=chat.example')).not.toEqual(second);
    await uninstall(into);
  });

  const SCALED = settings(['chatService.autoscaling.enabled=true', 'chatService.autoscaling.maxReplicas=20']);

  it('keeps the number of pods when an autoscaler is turned on, and leaves it to the autoscaler from then on', async () => {
    const into = await namespace('scaled');
    const scaled = [...SLIM, ...SCALED];
    const scale = (to: number) =>
      cluster.kubectl('-n', into, 'scale', 'deployment/carillon-chat-service', `--replicas=${to}`);
    const number = () => replicas(into, 'chat-service');

    await install(into, CHART, ...SLIM, '--set', 'chatService.replicas=5');
    await install(into, CHART, '--reset-values', ...scaled);
    expect(await list(into, 'horizontalpodautoscalers')).toHaveLength(1);
    expect(await number()).toBe(5);
    await scale(9);
    await install(into, CHART, '--reset-values', ...scaled, '--set', 'logLevel=debug');
    expect(await number()).toBe(9);

    await install(into, CHART, '--reset-values', ...SLIM, '--set', 'chatService.replicas=3');
    expect(await number()).toBe(3);
    await uninstall(into);
  });

  it('never sets the number of pods if an autoscaler was on from the start, also after a rollback', async () => {
    const into = await namespace('scaled-first');
    const scaled = [...SLIM, ...SCALED];
    const number = () => replicas(into, 'chat-service');
    await install(into, CHART, ...scaled);
    await cluster.kubectl('-n', into, 'scale', 'deployment/carillon-chat-service', '--replicas=9');
    await install(into, CHART, '--reset-values', ...scaled, '--set', 'logLevel=debug');
    expect(await number()).toBe(9);
    await cluster.helm('rollback', 'carillon', '1', '--namespace', into);
    expect(await number()).toBe(9);
    await uninstall(into);
  });

  it('goes back with the number of pods by a rollback where an autoscaler was turned on later, and without by an upgrade', async () => {
    const into = await namespace('scaled-later');
    const scaled = [...SLIM, ...SCALED];
    const number = () => replicas(into, 'chat-service');
    const minimum = async () => {
      const [scaler] = await list(into, 'horizontalpodautoscalers');
      return at<number>(scaler, 'spec', 'minReplicas');
    };
    await install(into, CHART, ...SLIM, '--set', 'chatService.replicas=5');
    await install(into, CHART, '--reset-values', ...scaled);
    const before = await minimum();
    await cluster.kubectl('-n', into, 'scale', 'deployment/carillon-chat-service', '--replicas=9');
    const newer = [...scaled, ...settings(['logLevel=debug', 'chatService.autoscaling.minReplicas=4'])];
    await install(into, CHART, '--reset-values', ...newer);
    await install(into, CHART, '--reset-values', ...scaled);
    expect(await number()).toBe(9);

    await install(into, CHART, '--reset-values', ...newer);
    expect([await number(), await minimum()]).toEqual([9, 4]);
    await cluster.helm('rollback', 'carillon', '2', '--namespace', into);
    expect([await number(), await minimum()]).toEqual([5, before]);
    await uninstall(into);
  });

  it('makes PodMonitors, Probes and rules once the server knows them', async () => {
    const into = await namespace('monitors');
    const known = await cluster.kubectl('get', 'customresourcedefinitions', '-o', 'name');
    // Of a cluster that has an operator, what it brought stays.
    const ours = OPERATOR.filter(({ name }) => !known.includes(name));
    const file = join(directory, 'operator.yaml');
    writeFileSync(file, ours.map(({ text }) => text).join('---'));
    if (ours.length > 0) {
      await cluster.kubectl('create', '-f', file);
      await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', '-f', file);
    }
    const all = (kinds = 'podmonitors,probes,prometheusrules') => list(into, kinds);
    try {
      await eventually(
        'the server to serve them',
        () =>
          all().then(
            () => true,
            () => false,
          ),
        SEEN_WITHIN_MS,
      );
      const flags = settings([
        'nginx.exporter.enabled=true',
        'monitoring.rules=true',
        'monitoring.prober.address=blackbox.monitoring:9115',
        'monitoring.prober.origin=https://chat.example',
        ...TWO_OF_A_JOB,
      ]);
      await install(into, CHART, ...flags);
      expect((await all()).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
        'PodMonitor carillon-broadcast-sse',
        'PodMonitor carillon-chat-service',
        'PodMonitor carillon-hello-bot',
        'PodMonitor carillon-nginx',
        'PodMonitor carillon-postgres-0',
        'PodMonitor carillon-postgres-1',
        'PodMonitor carillon-worker',
        'Probe carillon-kafka',
        'Probe carillon-mosquitto',
        'Probe carillon-origin-api',
        'Probe carillon-origin-page',
        'Probe carillon-origin-streams',
        ...readdirSync(join(ROOT, 'observability/prometheus/rules'))
          .sort()
          .map((rules) => `PrometheusRule carillon-${rules.replace('.yml', '')}`),
      ]);
      await uninstall(into);
    } finally {
      if (ours.length > 0) {
        await cluster.kubectl('delete', '-f', file, '--wait=false');
        // As long as it still tells of them, helm takes it for a cluster that has them.
        await eventually(
          'the server to know them no more',
          async () => {
            const served = await cluster.kubectl('api-resources', '--cached=false', '-o', 'name');
            return !ours.some(({ name }) => served.includes(name));
          },
          SEEN_WITHIN_MS,
        );
      }
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
