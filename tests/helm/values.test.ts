import { describe, expect, it } from 'vitest';
import { isMap, isScalar, type Node, parseDocument } from 'yaml';
import { isSecret } from '../../packages/runtime/src/index.ts';
import { TABLES } from '../repo/configuration-tables.ts';
import { helm, helmInstalled } from '../servers/kubernetes.ts';
import { CHART, chartFile, KUBERNETES, settings, valuesOf } from './chart.ts';

interface Value {
  path: string;
  description: string | undefined;
  byDefault: string;
}

/** What is one value, though it has a shape. */
const WHOLE = /(^|\.)(resources|env|sysctls)$/;

/** Every value of values.yaml, with the comment above it. */
function values(): Value[] {
  const found: Value[] = [];
  function visit(node: Node | null, path: string, above: string | undefined): void {
    if (isMap(node) && node.items.length > 0 && !WHOLE.test(path)) {
      for (const [index, pair] of node.items.entries()) {
        const key = pair.key as Node & { value: string };
        // The comment above the first key of a map stands at the map.
        const comment = key.commentBefore ?? (index === 0 ? node.commentBefore : undefined);
        visit(
          pair.value as Node | null,
          path === '' ? key.value : `${path}.${key.value}`,
          comment ?? undefined,
        );
      }
      return;
    }
    const value = isScalar(node) ? node.value : (node?.toJSON() as unknown);
    found.push({ path, description: lastParagraph(above), byDefault: JSON.stringify(value) });
  }
  visit(parseDocument(chartFile('values.yaml')).contents, '', undefined);
  return found;
}

/** What stands above a value without a gap; above the first one, the file's own heading stands before. */
function lastParagraph(comment: string | undefined): string | undefined {
  return comment
    ?.split(/\n\s*\n/)
    .at(-1)
    ?.split('\n')
    .map((line) => line.trim())
    .join(' ');
}

const MARKED = /(<!-- values -->\n).*(<!-- end of values -->)/s;

/** The chart's README with its table as values.yaml has it. */
function withTable(readme: string): string {
  const rows = values().map(
    ({ path, description, byDefault }) => `| \`${path}\` | \`${byDefault}\` | ${description ?? '?'} |`,
  );
  const table = ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n');
  return readme.replace(MARKED, (_, begin: string, end: string) => `${begin}${table}\n${end}`);
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  propertyNames?: { enum: string[] };
  definitions?: Record<string, Schema>;
}
const schema = JSON.parse(chartFile('values.schema.json')) as Schema;

function resolve(part: Schema): Schema {
  const name = part.$ref?.replace('#/definitions/', '');
  return name === undefined ? part : (schema.definitions?.[name] ?? {});
}

/** The paths that the schema has properties for, down to where values.yaml has one value. */
function schemaPaths(part: Schema = schema, path = ''): string[] {
  const { properties } = resolve(part);
  if (properties === undefined || WHOLE.test(path)) return [path];
  return Object.entries(properties)
    .filter(([name]) => path !== '' || name !== 'global')
    .flatMap(([name, inner]) => schemaPaths(inner, path === '' ? name : `${path}.${name}`));
}

/** Every object of the schema that has named properties. */
function objects(part: Schema): Schema[] {
  const inner = [...Object.values(part.properties ?? {}), ...Object.values(part.definitions ?? {})];
  return [...(part.properties === undefined ? [] : [part]), ...inner.flatMap(objects)];
}

/** What the chart sets itself, each by a value of its own or because it knows. */
const SET_BY_CHART = new Set([
  'PORT',
  'ADMIN_PORT',
  'TLS_CA_FILE',
  'TOPICS_PREFIX',
  'LOG_LEVEL',
  'DRAIN_SECONDS',
  'EXPORT_DIR',
  'STREAMS_URL',
  'TRUST_PROXY',
  'TRUSTED_HOPS',
  'HELLO_BOT_URL',
  'HELLO_BOT_CHANNEL',
]);

/** The variables that a service may be given by `env`: not those that are secrets, or that the chart sets. */
function variablesOf(service: string): string[] {
  const shape = TABLES[service]?.shape ?? {};
  return Object.entries(shape)
    .filter(([name, field]) => !SET_BY_CHART.has(name) && !isSecret(field))
    .map(([name]) => name)
    .sort();
}

function takenAs(...path: string[]): string[] {
  const part = path.reduce<Schema>((inner, name) => inner.properties?.[name] ?? {}, schema);
  return [...(part.propertyNames?.enum ?? [])].sort();
}

describe('the values of the chart', () => {
  it('are in its README, each with its default and what it is (npm run docs writes them)', async () => {
    const readme = chartFile('README.md');
    await expect(withTable(readme)).toMatchFileSnapshot(`${CHART}/README.md`);
  });

  it('say each what they are, in the comment above', () => {
    expect(values().filter(({ description }) => description === undefined)).toEqual([]);
  });

  it('are those that the schema knows, all of them and no other', () => {
    expect(schemaPaths().sort()).toEqual(
      values()
        .map(({ path }) => path)
        .sort(),
    );
  });

  it('may have no name that the schema does not know, at any depth', () => {
    for (const part of objects(schema)) expect(part.additionalProperties).toBe(false);
  });

  it('let a service be given each of its variables that is neither secret nor set by the chart, and no other', () => {
    const both = variablesOf('chat-service').filter((name) => variablesOf('broadcast-sse').includes(name));
    expect(takenAs('env')).toEqual(both);
    expect(takenAs('chatService', 'env')).toEqual(variablesOf('chat-service'));
    expect(takenAs('broadcastSse', 'env')).toEqual(variablesOf('broadcast-sse'));
    expect(takenAs('worker', 'env')).toEqual(variablesOf('worker'));
    expect(takenAs('helloBot', 'env')).toEqual(variablesOf('hello-bot'));
  });

  describe.runIf(helmInstalled)('that are wrong', () => {
    /** What helm says of values that it takes not; nothing where it takes them. */
    const refusal = async (...flags: string[]) => {
      const refused = await helm('template', 'carillon', CHART, '--kube-version', KUBERNETES, ...flags).catch(
        (error: unknown) => error,
      );
      return String((refused as { stderr?: string }).stderr);
    };

    it.each([
      ['an unknown one', ['--set', 'replicaCount=3'], /replicaCount/],
      ['an unknown one deep inside', ['--set', 'nginx.service.nodePort=1'], /nodePort/],
      ['a variable that the service does not read', ['--set', 'worker.env.AUTH=jwt'], /AUTH/],
      ['a secret among the variables', ['--set', 'env.JWT_SECRET=x'], /JWT_SECRET/],
      ['an environment that is none', ['--set', 'environment=staging'], /environment/],
      ['a prefix that would be a filter', ['--set', 'topicsPrefix=a/#'], /topicsPrefix/],
      ['a channel that is none', ['--set', 'helloChannel=Not A Channel'], /helloChannel/],
      ['no pods', ['--set', 'chatService.replicas=0'], /replicas/],
      [
        'a secret of ours that only another Secret can have',
        ['--set', 'identity.jwtSecret=true'],
        /existingSecret/,
      ],
      ['an address that is none', ['--set', 'nginx.trustedProxies={ingress.example}'], /trustedProxies/],
      ['what people do not come to', ['--set', 'monitoring.prober.origin=chat.example'], /origin/],
      [
        'a job of an exporter that no rule asks for',
        settings([
          'monitoring.exporters[0].job=nginx',
          'monitoring.exporters[0].namespace=stores',
          'monitoring.exporters[0].port=metrics',
          'monitoring.exporters[0].matchLabels.app=nginx',
        ]),
        /exporters.*job/s,
      ],
      ['less time than the DNS takes', ['--set', 'discoverySeconds=5'], /discoverySeconds/],
    ])('are refused with their name: %s', async (_, flags, name) => {
      expect(await refusal(...flags)).toMatch(name);
    });

    it('are refused in production until they say how people sign in', async () => {
      const prod = ['-f', `${CHART}/values-prod.yaml`];
      expect(await refusal(...prod)).toContain('env.AUTH: say who may come in');
      expect(await refusal(...prod, '--set', 'env.AUTH=jwt')).toContain(
        'env.AUTH is jwt: name what tokens are verified by',
      );
      expect(await refusal(...prod, '--set', 'env.AUTH=oidc')).toContain('name chatService.env.OIDC_ISSUER');
    });

    it('are refused if an Ingress would hide the address of the caller', async () => {
      expect(await refusal('--set', 'ingress.enabled=true')).toContain('nginx.trustedProxies: name');
    });

    it('are refused where people could come to nginx past the Ingress', async () => {
      const ingress = settings(['ingress.enabled=true', 'nginx.trustedProxies={10.244.0.0/16}']);
      for (const type of ['LoadBalancer', 'NodePort'])
        expect(await refusal(...ingress, '--set', `nginx.service.type=${type}`)).toContain(
          `nginx.service.type is ${type}: make it ClusterIP`,
        );
    });

    it('are refused where a server is neither here nor named', async () => {
      const flags = [...valuesOf('prod'), '--set', 'outside.existingSecret='];
      expect(await refusal(...flags)).toContain('outside.existingSecret: name the Secret');
    });
  });
});
