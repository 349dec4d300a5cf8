import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GRACE_MS } from '../../packages/runtime/src/index.ts';
import { helmInstalled } from '../servers/kubernetes.ts';
import {
  at,
  componentOf,
  containerOf,
  ENVIRONMENTS,
  find,
  NAMES,
  podOf,
  type Resource,
  render,
  settings,
  TWO_OF_A_JOB,
  variablesOf,
  WITH_OPERATOR,
  withPods,
} from './chart.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** CoreDNS keeps an answer for as long, s, as kubeadm sets it up: `ttl 30` of its records, `cache 30`. */
const DNS_SECONDS = 30;

const SERVICES = ['chat-service', 'broadcast-sse', 'worker', 'nginx'] as const;
const STORES = ['postgresql', 'redis', 'mosquitto', 'kafka'] as const;

/** Of prometheus.yml, one that has fixed targets. */
interface ScrapeJob {
  job_name: string;
  static_configs?: { targets: string[]; labels: { part: string; __param_module: string } }[];
}

const kinds = (resources: readonly Resource[], kind: string) =>
  resources.filter((each) => each.kind === kind).map(componentOf);

describe.runIf(helmInstalled)('the chart', () => {
  it('gives each environment a namespace, topics and a channel of hello-bot of its own', async () => {
    const own = await Promise.all(
      NAMES.map(async (name) => {
        const resources = await render(name, '--set', 'helloBot.enabled=true');
        const prefixes = new Set(
          ['chat-service', 'broadcast-sse', 'worker'].map(
            (service) => variablesOf(containerOf(resources, 'Deployment', service)).TOPICS_PREFIX,
          ),
        );
        const job = variablesOf(containerOf(resources, 'Job', 'topics'));
        expect(prefixes).toEqual(new Set([job.TOPICS_PREFIX]));
        expect(job.ENVIRONMENT).toBe(name);
        const namespaces = new Set(resources.map(({ metadata }) => metadata.namespace));
        expect([...namespaces]).toEqual([ENVIRONMENTS[name].namespace]);
        const bot = variablesOf(containerOf(resources, 'Deployment', 'hello-bot'));
        return [ENVIRONMENTS[name].namespace, job.TOPICS_PREFIX, bot.HELLO_BOT_CHANNEL];
      }),
    );
    for (const each of [0, 1, 2]) expect(new Set(own.map((values) => values[each])).size).toBe(NAMES.length);
  });

  it('runs its own servers for development, and none in production', async () => {
    expect(kinds(await render('default'), 'StatefulSet').sort()).toEqual([...STORES].sort());
    expect(kinds(await render('dev'), 'StatefulSet').sort()).toEqual([...STORES].sort());
    expect(kinds(await render('prod'), 'StatefulSet')).toEqual([]);
  });

  it('has hello-bot where people are to be greeted, unless it is turned off', async () => {
    expect(kinds(await render('default'), 'Deployment')).toContain('hello-bot');
    expect(kinds(await render('prod'), 'Deployment')).not.toContain('hello-bot');
    expect(kinds(await render('default', '--set', 'helloBot.enabled=false'), 'Deployment')).not.toContain(
      'hello-bot',
    );
  });

  describe.each(NAMES)('of the environment %s', (name) => {
    it('runs every container without root, without capabilities, on a read-only root file system', async () => {
      for (const { pod } of withPods(await render(name, '--set', 'nginx.exporter.enabled=true'))) {
        expect(pod.securityContext).toMatchObject({
          runAsNonRoot: true,
          runAsUser: expect.any(Number),
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(pod.automountServiceAccountToken).toBe(false);
        for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(container.resources?.requests).toMatchObject({
            cpu: expect.anything(),
            memory: expect.anything(),
          });
          expect(container.resources?.limits).toMatchObject({ memory: expect.anything() });
        }
      }
    });

    it('probes the health of each of our services at a port of its container', async () => {
      for (const { resource, pod } of withPods(await render(name))) {
        if (resource.kind !== 'Deployment') continue;
        for (const {
          startupProbe,
          livenessProbe,
          readinessProbe,
          ports = [],
          name: named,
        } of pod.containers) {
          const names = ports.map((port) => port.name);
          if (named === 'exporter') continue;
          for (const probe of [startupProbe, livenessProbe, readinessProbe])
            expect(names).toContain(probe?.httpGet?.port);
          // What a store that is away must not end.
          expect(livenessProbe?.httpGet?.path).toBe('/healthz');
          expect(readinessProbe?.httpGet?.path).toBe(named === 'nginx' ? '/healthz' : '/readyz');
        }
      }
    });

    it('gives a pod longer to stop than proxies need to notice, and its drain and exit take together', async () => {
      const resources = await render(name);
      for (const service of ['chat-service', 'broadcast-sse', 'worker'] as const) {
        const container = containerOf(resources, 'Deployment', service);
        const before = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
        const drain = Number(variablesOf(container).DRAIN_SECONDS ?? 0);
        const grace = podOf(find(resources, 'Deployment', service))?.terminationGracePeriodSeconds ?? 0;
        expect(grace).toBeGreaterThan(before + drain + GRACE_MS / 1_000);
        if (service !== 'worker') expect(before).toBeGreaterThan(0);
      }
    });

    it('stops no pod that nginx still uses, and replaces none before nginx knows its predecessor', async () => {
      const start = readFileSync(`${ROOT}/nginx/start`, 'utf8');
      const interval = Number(/^interval=(\d+)$/m.exec(start)?.[1]);
      // Two looks have to agree.
      const learned = DNS_SECONDS + 2 * interval;
      const resources = await render(name);
      for (const service of ['chat-service', 'broadcast-sse'] as const) {
        const container = containerOf(resources, 'Deployment', service);
        const ready = at<number>(find(resources, 'Deployment', service), 'spec', 'minReadySeconds');
        expect(ready).toBeGreaterThan(learned);
        expect(container.lifecycle?.preStop?.sleep?.seconds).toBeGreaterThan(learned);
        // Readers of a node that went are back before the next one goes.
        expect(ready).toBeGreaterThanOrEqual(Number(variablesOf(container).DRAIN_SECONDS ?? 0));
      }
    });

    it('replaces pods one by one, none before its successor serves', async () => {
      for (const service of SERVICES)
        expect(at(find(await render(name), 'Deployment', service), 'spec', 'strategy')).toEqual({
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
        });
    });

    it('lets a Deployment take longer than the longest wait between two pods that can be set', async () => {
      const waits = ['discoverySeconds=300', 'broadcastSse.drainSeconds=600', 'nginx.preStopSeconds=600'];
      for (const flags of [[], settings(waits)]) {
        const resources = await render(name, ...flags);
        for (const service of ['chat-service', 'broadcast-sse', 'nginx'] as const) {
          const deployment = find(resources, 'Deployment', service);
          expect(at<number>(deployment, 'spec', 'progressDeadlineSeconds')).toBeGreaterThan(
            at<number>(deployment, 'spec', 'minReadySeconds'),
          );
        }
      }
    });

    it('makes a PodMonitor for each service where the cluster knows them, with the job that Compose has, and none elsewhere', async () => {
      expect(kinds(await render(name), 'PodMonitor')).toEqual([]);
      const resources = await render(name, ...WITH_OPERATOR);
      expect(kinds(resources, 'PodMonitor')).toEqual(
        expect.arrayContaining(['chat-service', 'broadcast-sse', 'worker']),
      );
      for (const monitor of resources.filter(({ kind }) => kind === 'PodMonitor')) {
        expect(at(monitor, 'spec', 'jobLabel')).toBe('app.kubernetes.io/component');
        const pod = find(resources, 'Deployment', componentOf(monitor));
        const labels = at<Record<string, string>>(pod, 'spec', 'template', 'metadata', 'labels');
        expect(labels).toMatchObject(at<object>(monitor, 'spec', 'selector', 'matchLabels'));
        const ports = podOf(pod)?.containers.flatMap((container) => container.ports ?? []) ?? [];
        expect(ports.map((port) => port.name)).toContain(
          at(monitor, 'spec', 'podMetricsEndpoints', 0, 'port'),
        );
      }
    });

    it('selects by every Service, budget and autoscaler what is there', async () => {
      const resources = await render(name);
      const pods = resources.flatMap((resource) => {
        const labels = at<Record<string, string> | undefined>(
          resource,
          'spec',
          'template',
          'metadata',
          'labels',
        );
        return labels === undefined ? [] : [labels];
      });
      for (const resource of resources) {
        const selector =
          resource.kind === 'Service'
            ? at<Record<string, string>>(resource, 'spec', 'selector')
            : resource.kind === 'PodDisruptionBudget'
              ? at<Record<string, string>>(resource, 'spec', 'selector', 'matchLabels')
              : undefined;
        if (selector === undefined) continue;
        const selected = pods.filter((labels) =>
          Object.entries(selector).every(([key, value]) => labels[key] === value),
        );
        expect(selected, resource.metadata.name).toHaveLength(1);
      }
      const deployments = resources
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ metadata }) => metadata.name);
      for (const scaler of resources.filter(({ kind }) => kind === 'HorizontalPodAutoscaler'))
        expect(deployments).toContain(at(scaler, 'spec', 'scaleTargetRef', 'name'));
    });
  });

  describe('in production', () => {
    it('scales broadcast-sse by its open streams and chat-service by its processor, and leaves their number to that', async () => {
      const resources = await render('prod');
      const [metric] = at<unknown[]>(
        find(resources, 'HorizontalPodAutoscaler', 'broadcast-sse'),
        'spec',
        'metrics',
      );
      expect(metric).toEqual({
        type: 'Pods',
        pods: {
          metric: { name: 'carillon_streams_open' },
          target: { type: 'AverageValue', averageValue: '8000' },
        },
      });
      const [cpu] = at<unknown[]>(
        find(resources, 'HorizontalPodAutoscaler', 'chat-service'),
        'spec',
        'metrics',
      );
      expect(cpu).toMatchObject({ type: 'Resource', resource: { name: 'cpu' } });
      for (const service of ['chat-service', 'broadcast-sse', 'nginx'])
        expect(at(find(resources, 'Deployment', service), 'spec')).not.toHaveProperty('replicas');
    });

    it('scales nginx by its processor, and by its connections where they are counted', async () => {
      const metrics = async (...flags: string[]) => {
        const scaler = find(await render('prod', ...flags), 'HorizontalPodAutoscaler', 'nginx');
        return at<object[]>(scaler, 'spec', 'metrics');
      };
      const cpu = { type: 'Resource', resource: { name: 'cpu' } };
      expect(await metrics()).toMatchObject([
        cpu,
        {
          type: 'Pods',
          pods: { metric: { name: 'nginx_connections_active' }, target: { averageValue: '16000' } },
        },
      ]);
      const uncounted = settings(['nginx.exporter.enabled=false']);
      expect(await metrics(...uncounted)).toMatchObject([cpu]);
    });

    it('keeps pods of a service apart, and from being stopped together', async () => {
      const resources = await render('prod');
      expect(kinds(resources, 'PodDisruptionBudget').sort()).toEqual([...SERVICES].sort());
      for (const service of SERVICES) {
        const spread = podOf(find(resources, 'Deployment', service))?.topologySpreadConstraints;
        expect(at<unknown[]>(spread).map((each) => at(each, 'topologyKey'))).toEqual([
          'kubernetes.io/hostname',
          'topology.kubernetes.io/zone',
        ]);
      }
    });

    it('sends everything to https', async () => {
      const nginx = variablesOf(containerOf(await render('prod'), 'Deployment', 'nginx'));
      expect(nginx.HTTPS_ONLY).toBe('on');
    });
  });

  it('has no Job of an old name where its settings are others: a Job cannot be changed', async () => {
    const names = await Promise.all(
      [[], [], ['--set', 'image.tag=9.9.9'], ['--set', 'topics.partitions=9']].map(
        async (flags) => find(await render('default', ...flags), 'Job', 'topics').metadata.name,
      ),
    );
    expect(names[0]).toBe(names[1]);
    expect(new Set(names).size).toBe(3);
  });

  it('starts a server again where a file of its configuration is another', async () => {
    const sum = async (...flags: string[]) =>
      at(
        find(await render('default', ...flags), 'StatefulSet', 'mosquitto'),
        'spec',
        'template',
        'metadata',
        'annotations',
      );
    expect(await sum()).toEqual(await sum('--set', 'logLevel=debug'));
    expect(await sum()).not.toEqual(await sum('--set', 'topicsPrefix=other'));
  });

  it('passes on what a cluster asks of pods', async () => {
    const flags = [
      'worker.priorityClassName=high',
      'worker.nodeSelector.disk=ssd',
      'worker.tolerations[0].key=spot',
      'worker.podAnnotations.a=b',
      'worker.podLabels.c=d',
      'imagePullSecrets[0]=registry',
      'image.repository=registry.example:5000/carillon',
      'image.tag=1.2.3',
    ].flatMap((flag) => ['--set-string', flag]);
    const worker = find(await render('default', ...flags), 'Deployment', 'worker');
    expect(podOf(worker)).toMatchObject({
      priorityClassName: 'high',
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'spot' }],
      imagePullSecrets: [{ name: 'registry' }],
      containers: [{ image: 'registry.example:5000/carillon/worker:1.2.3' }],
    });
    expect(at(worker, 'spec', 'template', 'metadata')).toMatchObject({
      annotations: { a: 'b' },
      labels: { c: 'd' },
    });
  });

  it.each(NAMES)(
    'of the environment %s leads an Ingress to a port of nginx that believes it',
    async (name) => {
      const flags = settings([
        'ingress.enabled=true',
        'nginx.trustedProxies={10.244.0.0/16,fd00::/8}',
        'nginx.service.type=ClusterIP',
      ]);
      const resources = await render(name, ...flags);
      const path = ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service'] as const;
      const backend = at(find(resources, 'Ingress', 'nginx'), ...path);
      const service = find(resources, 'Service', 'nginx');
      expect(at(backend, 'name')).toBe(service.metadata.name);
      const ports = at<{ name: string; targetPort: string }[]>(service, 'spec', 'ports');
      const port = ports.find((each) => each.name === at(backend, 'port', 'name'));
      // TLS has ended; with HTTPS_ONLY it is the proxy's word that counts (tests/proxy/trusted.test.ts).
      expect(port?.targetPort).toBe('http');
      const nginx = containerOf(resources, 'Deployment', 'nginx');
      expect(nginx.ports).toContainEqual({ name: 'http', containerPort: 8080 });
      expect(variablesOf(nginx).TRUSTED_PROXIES).toBe('10.244.0.0/16 fd00::/8');
    },
  );

  it('gives nginx the bounds that are set, as nginx/render takes them', async () => {
    const flags = settings(['nginx.env.STREAMS_PER_ADDRESS=50', 'nginx.env.CALLS_PER_SECOND=20']);
    const nginx = variablesOf(containerOf(await render('default', ...flags), 'Deployment', 'nginx'));
    expect(nginx).toMatchObject({ STREAMS_PER_ADDRESS: '50', CALLS_PER_SECOND: '20' });
    const script = readFileSync(`${ROOT}/nginx/render`, 'utf8');
    for (const variable of Object.keys(nginx)) expect(script).toContain(`"\${${variable}:`);
  });

  it('replaces the pods whose bus is another, and no others', async () => {
    const sums = async (...flags: string[]) => {
      const resources = await render('default', ...flags);
      const path = ['spec', 'template', 'metadata', 'annotations', 'checksum/config'] as const;
      return Object.fromEntries(
        ['chat-service', 'broadcast-sse', 'worker'].map((service) => [
          service,
          at<string>(find(resources, 'Deployment', service), ...path),
        ]),
      );
    };
    const [both, again] = [await sums(), await sums('--set', 'logLevel=debug')];
    expect(again).toEqual(both);
    const without = await sums('--set', 'kafka.enabled=false');
    expect(without['chat-service']).not.toBe(both['chat-service']);
    expect(without.worker).not.toBe(both.worker);
    // It has read Mosquitto all along.
    expect(without['broadcast-sse']).toBe(both['broadcast-sse']);
  });

  describe('where the cluster has the Prometheus Operator', () => {
    it('makes rules of all files that Compose has, as they are, once they are asked for', async () => {
      const resources = await render('prod', ...WITH_OPERATOR);
      const rules = resources.filter(({ kind }) => kind === 'PrometheusRule');
      const folder = `${ROOT}/observability/prometheus/rules`;
      const files = readdirSync(folder);
      expect(files.length).toBeGreaterThan(0);
      expect(Object.fromEntries(rules.map((rule) => [rule.metadata.name, at(rule, 'spec')]))).toEqual(
        Object.fromEntries(
          files.map((file) => [
            `carillon-${file.replace('.yml', '')}`,
            parse(readFileSync(`${folder}/${file}`, 'utf8')) as object,
          ]),
        ),
      );
      expect(kinds(await render('default', ...WITH_OPERATOR), 'PrometheusRule')).toEqual([]);
    });

    it('gives numbers of other exporters, and answers to a prober, the jobs that the rules ask for', async () => {
      const flags = settings([
        ...TWO_OF_A_JOB,
        'monitoring.prober.address=blackbox.monitoring:9115',
        'monitoring.prober.origin=https://chat.example/',
      ]);
      const resources = await render('prod', ...WITH_OPERATOR, ...flags);
      const { namespace } = ENVIRONMENTS.prod;
      const exporters = resources.filter(
        (each) => each.kind === 'PodMonitor' && componentOf(each) === 'postgres',
      );
      expect(exporters).toMatchObject(
        [0, 1].map((index) => ({
          metadata: { name: `carillon-postgres-${index}` },
          spec: {
            namespaceSelector: { matchNames: ['stores'] },
            selector: { matchLabels: { app: `postgres-${index}` } },
            podMetricsEndpoints: [
              {
                port: 'metrics',
                relabelings: [
                  { targetLabel: 'job', replacement: 'postgres' },
                  { targetLabel: 'namespace', replacement: namespace },
                ],
              },
            ],
          },
        })),
      );
      // What Compose asks, at another address.
      const compose = at<ScrapeJob[]>(
        parse(readFileSync(`${ROOT}/observability/prometheus/prometheus.yml`, 'utf8')),
        'scrape_configs',
      );
      const origin = compose.find(({ job_name }) => job_name === 'origin')?.static_configs ?? [];
      expect(origin.length).toBeGreaterThan(1);
      const probes = resources
        .filter(({ kind }) => kind === 'Probe')
        .map((probe) => at<object>(probe, 'spec'));
      const prober = { url: 'blackbox.monitoring:9115' };
      expect(probes).toMatchObject([
        ...origin.map(({ targets, labels: { part, __param_module: module } }) => ({
          jobName: 'origin',
          prober,
          module,
          targets: {
            staticConfig: {
              static: targets.map((target) => target.replace('https://nginx:8443', 'https://chat.example')),
              labels: { part, namespace },
            },
          },
        })),
        ...[
          { jobName: 'kafka', static: ['kafka-0.example:9093', 'kafka-1.example:9093'] },
          { jobName: 'mosquitto', static: ['mqtt.example:8883'] },
        ].map(({ jobName, static: targets }) => ({
          jobName,
          prober,
          module: 'tls',
          targets: { staticConfig: { static: targets, labels: { namespace } } },
        })),
      ]);
      // Of two objects of one name the later one is what is left.
      const names = resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(names).toEqual([...new Set(names)]);
      const modules = at<object>(
        parse(readFileSync(`${ROOT}/observability/blackbox/blackbox.yml`, 'utf8')),
        'modules',
      );
      for (const probe of probes) expect(Object.keys(modules)).toContain(at(probe, 'module'));
    });
  });
});
