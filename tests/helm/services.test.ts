import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../packages/runtime/src/index.ts';
import { TABLES } from '../repo/configuration-tables.ts';
import { helmInstalled } from '../servers/kubernetes.ts';
import { at, containerOf, find, NAMES, podOf, type Resource, render, variablesOf } from './chart.ts';

const SERVICES = ['chat-service', 'broadcast-sse', 'worker', 'hello-bot'] as const;

/** What a Secret outside the chart holds, by its key. */
const OUTSIDE: Record<string, string> = {
  'history-url': 'postgres://carillon:secret@db.example/carillon?sslmode=verify-full',
  'redis-url': 'rediss://:secret@redis.example',
  'bus-url': 'mqtts://carillon:secret@mqtt.example kafkas://carillon:secret@kafka.example:9093',
};

interface Source {
  secret: { name: string; items: { key: string; path: string }[] };
}

describe.runIf(helmInstalled)('a service of the chart', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'carillon-chart-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Writes the files of a service's secrets below `directory`, where its variables expect them. Returns the variables. */
  function mounted(resources: readonly Resource[], service: string): Record<string, string> {
    const container = containerOf(resources, 'Deployment', service);
    const volume = podOf(find(resources, 'Deployment', service))?.volumes?.find(
      (each) => each.name === 'secrets',
    );
    for (const { secret } of at<Source[] | undefined>(volume, 'projected', 'sources') ?? []) {
      const made = resources.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === secret.name);
      for (const { key, path } of secret.items) {
        const kept = at<string | undefined>(made, 'data', key);
        const value = kept === undefined ? OUTSIDE[key] : Buffer.from(kept, 'base64').toString();
        if (value === undefined) throw new Error(`${service}: ${secret.name} has no ${key}`);
        const file = join(directory, 'secrets', path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, value);
      }
    }
    return Object.fromEntries(
      Object.entries(variablesOf(container)).map(([name, value]) => [
        name,
        name.endsWith('_FILE') ? join(directory, value) : value,
      ]),
    );
  }

  describe.each(NAMES)('in the environment %s', (environment) => {
    it.each(SERVICES)(
      '%s takes the variables and secrets that it is given, and reads every one of them',
      async (service) => {
        const resources = await render(environment, '--set', 'helloBot.enabled=true');
        const schema = TABLES[service];
        if (schema === undefined) throw new Error(`no table of ${service}`);
        const given = mounted(resources, service);
        const config = parseConfig(schema, given) as Record<string, unknown>;
        const parts = [
          'DATABASE_HOST',
          'POSTGRES_DB',
          'POSTGRES_USER',
          'POSTGRES_PASSWORD',
          'REDIS_HOST',
          'REDIS_PASSWORD',
        ];
        const known = [...Object.keys(schema.shape), ...parts];
        for (const name of Object.keys(given)) expect(known).toContain(name.replace(/_FILE$/, ''));
        if (service === 'hello-bot') return;
        const inside = environment !== 'prod';
        const host = inside ? 'carillon-postgresql' : 'db.example';
        expect(new URL(String(config.HISTORY_URL)).hostname).toBe(host);
        const redis = String(config.JOBS_URL ?? config.PRESENCE_URL);
        expect(new URL(redis).hostname).toBe(inside ? 'carillon-redis' : 'redis.example');
      },
    );
  });

  it('has only the secrets that it needs', async () => {
    const resources = await render('default');
    const paths = (service: string) => {
      const volume = podOf(find(resources, 'Deployment', service))?.volumes?.find(
        (each) => each.name === 'secrets',
      );
      const sources = at<Source[]>(volume, 'projected', 'sources');
      return sources.flatMap(({ secret }) => secret.items.map(({ key }) => key)).sort();
    };
    const servers = ['postgres-password', 'redis-password'];
    const identity = ['admin-token', 'session-secret'];
    expect(paths('chat-service')).toEqual([...servers, ...identity, 'bus-url-chat-service'].sort());
    expect(paths('broadcast-sse')).toEqual([...servers, ...identity, 'bus-url-broadcast-sse'].sort());
    expect(paths('worker')).toEqual([...servers, 'bus-url-worker'].sort());
  });

  it('publishes to both brokers, and reads the one that suits it', async () => {
    const secret = find(await render('default'), 'Secret', 'secrets');
    const url = (service: string) =>
      Buffer.from(at<string>(secret, 'data', `bus-url-${service}`), 'base64').toString();
    expect(url('chat-service')).toMatch(
      /^mqtt:\/\/chat-service:\w{48}@carillon-mosquitto:1883 kafka:\/\/chat-service:\w{48}@carillon-kafka:9093$/,
    );
    expect(url('broadcast-sse')).toMatch(/^mqtt:\/\/broadcast-sse:\w{48}@carillon-mosquitto:1883$/);
    expect(url('worker')).toMatch(/^kafka:\/\/worker:\w{48}@carillon-kafka:9093$/);
  });

  it('trusts the authority that is named, and no other file is asked for', async () => {
    const resources = await render('prod', '--set', 'tls.authorityConfigMap=company');
    for (const service of ['chat-service', 'broadcast-sse', 'worker']) {
      const container = containerOf(resources, 'Deployment', service);
      expect(variablesOf(container).TLS_CA_FILE).toBe('/authority/authority.pem');
      expect(container.volumeMounts).toContainEqual({
        name: 'authority',
        mountPath: '/authority',
        readOnly: true,
      });
    }
    expect(variablesOf(containerOf(resources, 'Job', 'topics')).TLS_CA_FILE).toBe('/authority/authority.pem');
  });

  it('is set by a value of its own, which takes precedence over the common one', async () => {
    const flags = ['--set', 'env.RATE_LIMIT=off', '--set', 'chatService.env.RATE_LIMIT=on'];
    const resources = await render('default', ...flags);
    expect(variablesOf(containerOf(resources, 'Deployment', 'chat-service')).RATE_LIMIT).toBe('on');
    expect(variablesOf(containerOf(resources, 'Deployment', 'broadcast-sse')).RATE_LIMIT).toBe('off');
  });

  it('keeps exports where the other finds them, and only the worker writes there', async () => {
    const resources = await render('default', '--set', 'exports.enabled=true');
    const mount = (service: string) =>
      containerOf(resources, 'Deployment', service).volumeMounts?.find(({ name }) => name === 'exports');
    expect(mount('worker')).toEqual({ name: 'exports', mountPath: '/exports' });
    expect(mount('chat-service')).toEqual({ name: 'exports', mountPath: '/exports', readOnly: true });
    expect(find(resources, 'PersistentVolumeClaim', 'exports')).toMatchObject({
      spec: { accessModes: ['ReadWriteMany'] },
    });
    // Few clusters have a volume that several nodes can mount; a claim that cannot be bound blocks all pods.
    const without = await render('default');
    expect(variablesOf(containerOf(without, 'Deployment', 'chat-service'))).not.toHaveProperty('EXPORT_DIR');
    expect(without.filter(({ kind }) => kind === 'PersistentVolumeClaim')).toEqual([]);
  });
});

describe.runIf(helmInstalled)('a server of the chart', () => {
  const file = async (component: string, name: string, ...flags: string[]) =>
    at<string>(find(await render('dev', ...flags), 'ConfigMap', component), 'data', name);

  it('runs with the files of deploy/, without TLS and at its own name', async () => {
    const conf = await file('mosquitto', 'mosquitto.conf');
    expect(conf).toContain('\nlistener 1883\n');
    expect(conf).toContain('autosave_on_changes true');
    expect(conf).not.toMatch(/^(certfile|keyfile|tls_version)/m);
    const properties = await file('kafka', 'broker.properties');
    expect(properties).toContain('advertised.listeners=CLIENTS://carillon-kafka:9093,');
    expect(properties).toContain('CLIENTS:SASL_PLAINTEXT');
    expect(properties).not.toMatch(/^ssl\./m);
    expect(await file('redis', 'redis.conf')).toContain('maxmemory-policy noeviction');
  });

  it('lets users reach the topics of their environment and no other', async () => {
    const acl = await file('mosquitto', 'acl');
    const rules = acl.split('\n').filter((line) => /^(topic|pattern)/.test(line));
    expect(rules).toEqual([
      'pattern readwrite carillon-dev/checks/%c',
      'topic write carillon-dev/channels/+',
      'topic read carillon-dev/channels/+',
      'topic read carillon-dev/channels/+',
    ]);
  });

  it('is asked by a certificate that fits its key where none is given', async () => {
    const secret = find(await render('default', '--set', 'nginx.host=chat.example'), 'Secret', 'nginx');
    const pem = (key: string) => Buffer.from(at<string>(secret, 'data', key), 'base64').toString();
    const certificate = new X509Certificate(pem('tls.crt'));
    expect(certificate.checkPrivateKey(createPrivateKey(pem('tls.key')))).toBe(true);
    expect(certificate.checkHost('chat.example')).toBe('chat.example');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeLessThanOrEqual(365);
  });
});
