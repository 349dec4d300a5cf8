import { describe, expect, it } from 'vitest';
import { helmInstalled } from '../servers/kubernetes.ts';
import {
  at,
  componentOf,
  type Environment,
  NAMES,
  type Resource,
  render,
  settings,
  withPods,
} from './chart.ts';

interface Peer {
  podSelector?: { matchLabels: Record<string, string> };
  namespaceSelector?: object;
  ipBlock?: { cidr: string; except?: string[] };
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port: number }[];
}

const COMPONENT = 'app.kubernetes.io/component';

/** A peer, in a word: a component, `metrics`, `dns`, or the addresses. */
function nameOf(peer: Peer): string {
  const component = peer.podSelector?.matchLabels[COMPONENT];
  if (component !== undefined) return component;
  if (peer.ipBlock !== undefined) return peer.ipBlock.except === undefined ? peer.ipBlock.cidr : 'internet';
  const namespace = at<string>(peer.namespaceSelector, 'matchLabels', 'kubernetes.io/metadata.name');
  return namespace === 'kube-system' ? 'dns' : namespace;
}

/** Each way that policies leave open, as `from > to:port`, from the side that `direction` is of. */
async function waysOf(
  environment: Environment,
  direction: 'ingress' | 'egress',
  ...flags: string[]
): Promise<string[]> {
  const policies = (await render(environment, ...flags)).filter(({ kind }) => kind === 'NetworkPolicy');
  return policies
    .flatMap((policy) =>
      (at<Rule[] | null>(policy, 'spec', direction) ?? []).flatMap(({ from, to, ports = [{ port: 0 }] }) => {
        const peers = (from ?? to)?.map(nameOf) ?? ['anybody'];
        return peers.flatMap((peer) =>
          ports.map(({ port }) =>
            direction === 'ingress'
              ? `${peer} > ${componentOf(policy)}:${port}`
              : `${componentOf(policy)} > ${peer}:${port || 'any'}`,
          ),
        );
      }),
    )
    .sort();
}

/** Both sides have to leave a way open; these are the ones within the chart. */
const WITHIN_ALL = [
  'broadcast-sse > mosquitto:1883',
  'broadcast-sse > postgresql:5432',
  'broadcast-sse > redis:6379',
  'chat-service > broadcast-sse:8082',
  'chat-service > kafka:9093',
  'chat-service > mosquitto:1883',
  'chat-service > postgresql:5432',
  'chat-service > redis:6379',
  'checks > nginx:8443',
  'hello-bot > chat-service:8081',
  'nginx > broadcast-sse:8082',
  'nginx > chat-service:8081',
  'topics > kafka:9093',
  'worker > kafka:9093',
  'worker > postgresql:5432',
  'worker > redis:6379',
];
const outside = (way: string) => /anybody|monitoring|dns|internet|\d+\.\d+\.\d+\.\d+/.test(way);

describe.runIf(helmInstalled)('the network policies of the chart', () => {
  it('allow the connections that are needed, on both sides, and no others', async () => {
    const [incoming, outgoing] = [await waysOf('default', 'ingress'), await waysOf('default', 'egress')];
    expect(incoming.filter((way) => !outside(way))).toEqual(WITHIN_ALL);
    expect(outgoing.filter((way) => !outside(way))).toEqual(WITHIN_ALL);
  });

  it('let anybody reach nginx alone, and the monitoring the metrics alone', async () => {
    expect((await waysOf('default', 'ingress')).filter(outside)).toEqual([
      'anybody > nginx:8080',
      'anybody > nginx:8443',
      'monitoring > broadcast-sse:9082',
      'monitoring > chat-service:9081',
      'monitoring > hello-bot:9084',
      'monitoring > worker:9083',
    ]);
  });

  it('let only webhooks out of a development environment, and not to private addresses', async () => {
    const out = (await waysOf('default', 'egress')).filter((way) => outside(way) && !way.includes('> dns:'));
    expect(out).toEqual(['worker > internet:any']);
  });

  it('let the proxy and the bot reach no store, in no environment', async () => {
    for (const environment of NAMES)
      for (const way of await waysOf(environment, 'egress', '--set', 'helloBot.enabled=true'))
        if (/^(nginx|hello-bot|checks) /.test(way))
          expect(way).toMatch(/> (chat-service|broadcast-sse|nginx|dns):/);
  });

  it('allow services that use servers outside the cluster to reach their ports', async () => {
    const out = (await waysOf('prod', 'egress')).filter((way) => way.includes('0.0.0.0/0'));
    const ports = [5432, 6379, 8883, 9093];
    const users = ['broadcast-sse', 'chat-service', 'topics', 'worker'];
    expect(out).toEqual(users.flatMap((user) => ports.map((port) => `${user} > 0.0.0.0/0:${port}`)));
  });

  it('let every pod look names up where the cluster does, and go where all of them have to', async () => {
    const flags = [
      'networkPolicy.dnsPorts={53,5353}',
      'networkPolicy.extraEgress[0].to[0].ipBlock.cidr=192.0.2.7/32',
      'networkPolicy.extraEgress[0].ports[0].port=4318',
    ];
    const ways = await waysOf('default', 'egress', ...settings(flags));
    const all = [...WITHIN_ALL.flatMap((way) => way.split(/ > |:/).slice(0, 2)), 'checks'];
    for (const component of new Set(all)) expect(ways).toContain(`${component} > 192.0.2.7/32:4318`);
    for (const component of ['nginx', 'chat-service', 'worker', 'topics'])
      expect(ways).toContain(`${component} > dns:5353`);
  });

  it('let a broadcast node read Kafka where there is no Mosquitto', async () => {
    const ways = await waysOf('default', 'egress', '--set', 'mosquitto.enabled=false');
    expect(ways).toContain('broadcast-sse > kafka:9093');
    expect(ways.filter((way) => way.includes('mosquitto'))).toEqual([]);
  });

  it.each(NAMES)('hold every pod of the environment %s, both ways', async (environment) => {
    const resources = await render(environment, '--set', 'helloBot.enabled=true');
    const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy');
    const labels = (resource: Resource) =>
      resource.kind === 'Pod'
        ? resource.metadata.labels
        : at<Record<string, string>>(resource, 'spec', 'template', 'metadata', 'labels');
    for (const policy of policies) expect(at(policy, 'spec', 'policyTypes')).toEqual(['Ingress', 'Egress']);
    for (const { resource } of withPods(resources)) {
      const holding = policies.filter((policy) =>
        Object.entries(at<Record<string, string>>(policy, 'spec', 'podSelector', 'matchLabels')).every(
          ([key, value]) => labels(resource)[key] === value,
        ),
      );
      expect(holding.map(componentOf), resource.metadata.name).toEqual([labels(resource)[COMPONENT]]);
    }
  });
});
