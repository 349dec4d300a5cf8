/** The chart, rendered as it is for each environment. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { helm } from '../servers/kubernetes.ts';

export const CHART = fileURLToPath(new URL('../../deploy/helm/carillon', import.meta.url));

/** Each environment with its files of values and its namespace, as deploy/minikube and docs/kubernetes.md have them. */
export const ENVIRONMENTS = {
  default: { files: [], namespace: 'carillon', brought: [] },
  dev: { files: ['values-dev.yaml'], namespace: 'carillon-dev', brought: [] },
  prod: {
    files: ['values-prod.yaml'],
    namespace: 'carillon-prod',
    // What the chart requires its operator to set.
    brought: [
      'env.AUTH=jwt',
      'env.JWKS_URL=https://id.example/keys',
      'env.JWT_ISSUER=https://id.example',
      'env.JWT_AUDIENCE=carillon',
    ],
  },
} as const satisfies Record<
  string,
  { files: readonly string[]; namespace: string; brought: readonly string[] }
>;
export type Environment = keyof typeof ENVIRONMENTS;
export const NAMES = Object.keys(ENVIRONMENTS) as Environment[];

/** What is rendered without a cluster is rendered for this; helm's own idea depends on how it was built. */
export const KUBERNETES = '1.36.0';

/** A cluster that has the Prometheus Operator. */
export const WITH_OPERATOR = ['PodMonitor', 'Probe', 'PrometheusRule'].flatMap((kind) => [
  '--api-versions',
  `monitoring.coreos.com/v1/${kind}`,
]);

/** Values: two exporters of one job, two brokers of one kind and one of another. */
export const TWO_OF_A_JOB = [
  ...[0, 1].flatMap((index) => [
    `monitoring.exporters[${index}].job=postgres`,
    `monitoring.exporters[${index}].namespace=stores`,
    `monitoring.exporters[${index}].port=metrics`,
    `monitoring.exporters[${index}].matchLabels.app=postgres-${index}`,
  ]),
  ...[
    ['kafka', 'kafka-0.example:9093'],
    ['mosquitto', 'mqtt.example:8883'],
    ['kafka', 'kafka-1.example:9093'],
  ].flatMap(([job, target], index) => [
    `monitoring.prober.brokers[${index}].job=${job}`,
    `monitoring.prober.brokers[${index}].target=${target}`,
  ]),
];

/** An object of Kubernetes: what tests look at is looked at by {@link at}. */
export interface Resource {
  kind: string;
  metadata: { name: string; namespace?: string; labels: Record<string, string> };
}

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value: string }[];
  ports?: { name: string; containerPort: number }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Record<string, unknown>;
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  [probe: `${string}Probe`]: { httpGet?: { path: string; port: string } } | undefined;
}

interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  volumes?: Record<string, unknown>[];
  securityContext?: Record<string, unknown>;
  terminationGracePeriodSeconds?: number;
  automountServiceAccountToken?: boolean;
  [field: string]: unknown;
}

/** The flags that name an environment's values, and those that it asks for. */
export function valuesOf(environment: Environment): string[] {
  const { files, brought } = ENVIRONMENTS[environment];
  return [...files.flatMap((file) => ['-f', `${CHART}/${file}`]), ...settings(brought)];
}

/** Flags that set values: `['a.b=c']`. */
export function settings(values: readonly string[]): string[] {
  return values.flatMap((value) => ['--set', value]);
}

/** What was rendered before: helm takes a while, and the same is looked at from many sides. */
const rendered = new Map<string, Promise<Resource[]>>();

/** What helm renders for an environment; `flags` are more of its own, such as `--set a=b`. Not to be changed. */
export function render(environment: Environment, ...flags: string[]): Promise<readonly Resource[]> {
  const { namespace } = ENVIRONMENTS[environment];
  const chart = ['template', 'carillon', CHART, '--kube-version', KUBERNETES, '--namespace', namespace];
  const args = [...chart, ...valuesOf(environment), ...flags];
  const key = args.join(' ');
  const known = rendered.get(key) ?? helm(...args).then(resourcesIn);
  rendered.set(key, known);
  return known;
}

function resourcesIn(text: string): Resource[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const resource = document.toJS() as Resource | null;
    return resource === null ? [] : [resource];
  });
}

/** The component that a resource belongs to. */
export function componentOf({ metadata }: Resource): string {
  return metadata.labels['app.kubernetes.io/component'] ?? '';
}

/** The only resource of this kind of a component. Throws if there is none, or more than one. */
export function find(resources: readonly Resource[], kind: string, component: string): Resource {
  const found = resources.filter((each) => each.kind === kind && componentOf(each) === component);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${found.length} of ${kind} of ${component}`);
  return found[0];
}

/** What stands at a path of fields. */
export function at<T>(value: unknown, ...path: (string | number)[]): T {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key],
    value,
  ) as T;
}

/** The specification of the pods that a resource makes, if it makes any. */
export function podOf(resource: Resource): PodSpec | undefined {
  return resource.kind === 'Pod'
    ? at<PodSpec>(resource, 'spec')
    : at<PodSpec | undefined>(resource, 'spec', 'template', 'spec');
}

/** All that make pods. */
export function withPods(resources: readonly Resource[]): { resource: Resource; pod: PodSpec }[] {
  return resources.flatMap((resource) => {
    const pod = podOf(resource);
    return pod === undefined ? [] : [{ resource, pod }];
  });
}

/** The one container of a component, that has its name. */
export function containerOf(resources: readonly Resource[], kind: string, component: string): Container {
  const container = podOf(find(resources, kind, component))?.containers[0];
  if (container === undefined) throw new Error(`${component} has no container`);
  return container;
}

/** The variables of a container. */
export function variablesOf({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

/** A file of the chart. */
export function chartFile(name: string): string {
  return readFileSync(`${CHART}/${name}`, 'utf8');
}
