import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTopics } from '../../packages/bus/src/kafka-topics.ts';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const run = promisify(execFile);

const RECIPE = fileURLToPath(new URL('./kafka/', import.meta.url));
const REMEDY =
  'Kafka is not installed: apt-get install openjdk-17-jre-headless maven && tests/servers/install-kafka';

const JARS = findJars();

/** A broker is there in 3 s; a busy machine takes longer, and after a kill it first waits out its old session. */
const READY_WITHIN_MS = 120_000;

/** How long a broker that was killed is taken for alive, so that its restart is refused: 9 s by default. */
const BROKER_SESSION_MS = 3_000;

/** Whether a broker can be started here. Where not, says once how to get one; with `CI=true` that is an error. */
export const kafkaInstalled: boolean = JARS !== undefined;

/** The directory of Kafka's jars, its Java client among them. */
export const kafkaJars: string | undefined = JARS;

/** A Kafka of its own, one node on 127.0.0.1, with the topic `carillon.messages`, in a directory that goes with it. */
export interface Kafka extends ServerProcess {
  /** With user and password, where there are any. */
  readonly url: string;
  /** Of the first of its listeners, for clients. */
  readonly port: number;
  /** The directory that holds its log, and server.properties. */
  readonly directory: string;
}

export interface KafkaOptions {
  /** Any that is free where undefined. */
  port?: number;
  /** The port that clients are told to come to, where it is another: a proxy's. */
  advertisedPort?: number;
  /**
   * Clients come by TLS as one of these, by SCRAM-SHA-512; the first is in the URL. `keystore` is a PEM file with the
   * server's key (PKCS8), its certificate and what signed it; `ca` the PEM that trusts it.
   */
  secure?: { keystore: string; ca: string; host: string; users: Readonly<Record<string, string>> };
  /** Partitions of `carillon.messages`; with 0 the topic is not made. */
  partitions?: number;
  /** Lines that are added to server.properties. */
  settings?: readonly string[];
}

/** Starts a broker, and waits until it can be written to; so does its `restart`. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  if (JARS === undefined) throw new Error(REMEDY);
  const { secure, partitions = 3, settings = [] } = options;
  const port = options.port ?? (await freePort());
  const advertised = options.advertisedPort ?? port;
  const [controller, internal] = [await freePort(), await freePort()];
  const directory = await mkdtemp(join(tmpdir(), 'carillon-kafka-'));
  const file = (name: string) => join(directory, name);
  const [host, protocol] = secure === undefined ? ['127.0.0.1', 'PLAINTEXT'] : [secure.host, 'SASL_SSL'];
  const properties = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'controller.listener.names=CONTROLLER',
    `listeners=CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=CLIENT://${host}:${advertised},INTERNAL://127.0.0.1:${internal}`,
    `listener.security.protocol.map=CLIENT:${protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name=INTERNAL',
    `log.dirs=${file('log')}`,
    'auto.create.topics.enable=false',
    'offsets.topic.num.partitions=1',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    `broker.session.timeout.ms=${BROKER_SESSION_MS}`,
    'broker.heartbeat.interval.ms=500',
    ...(secure === undefined ? [] : securityOf(secure.keystore)),
    ...settings,
  ];
  await writeFile(file('server.properties'), `${properties.join('\n')}\n`);
  const users = Object.entries(secure?.users ?? {});
  await format(file('server.properties'), users);

  const command = [
    'java',
    ...JVM,
    `-Djava.io.tmpdir=${directory}`,
    'kafka.Kafka',
    file('server.properties'),
  ] as const;
  const server = await startServer(command[0], command.slice(1), port, process.env, READY_WITHIN_MS);
  const [user] = users;
  const credentials = user === undefined ? '' : `${user.map(encodeURIComponent).join(':')}@`;
  const url = `kafka${secure === undefined ? '' : 's'}://${credentials}${host}:${advertised}`;
  const untilReady = async () => {
    if (partitions === 0) return;
    const topic = { partitions, replicationFactor: 1, retentionMs: WEEK_MS, minInSyncReplicas: 1 };
    await createTopics(url, topic, { ca: secure?.ca, withinMs: READY_WITHIN_MS });
  };
  const { stop, restart } = server;
  const kafka = Object.assign(server, {
    url,
    port,
    directory,
    /** Its log goes with it: it is not asked to close it in good order, which takes seconds. */
    async stop() {
      await server.kill('SIGKILL');
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
    async restart() {
      await restart();
      await untilReady();
    },
  });
  await untilReady().catch(async (error: unknown) => {
    await kafka.stop();
    throw error;
  });
  return kafka;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;

/** Small, and quick to start rather than quick for long. */
const JVM = [
  ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'],
  ...['-Xlog:disable', '-Xlog:all=warning:stderr', '-Djava.awt.headless=true'],
  ...[`-Dlog4j2.configurationFile=file:${join(RECIPE, 'log4j2.properties')}`, '-cp', `${JARS}/*`],
];

/** Gives the directory of its log an identity, and writes the users to it. */
async function format(properties: string, users: readonly [name: string, password: string][]): Promise<void> {
  // A UUID as Kafka writes it; one that starts with "-" is read as an option.
  const id = `a${randomBytes(16).toString('base64url').slice(1)}`;
  const scram = users.map(([name, password]) => `SCRAM-SHA-512=[name=${name},password=${password}]`);
  await run('java', [
    ...JVM,
    ...['kafka.tools.StorageTool', 'format', '-t', id, '-c', properties],
    ...scram.flatMap((each) => ['--add-scram', each]),
  ]);
}

function securityOf(keystore: string): string[] {
  return [
    'sasl.enabled.mechanisms=SCRAM-SHA-512',
    'listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${keystore}`,
  ];
}

function findJars(): string | undefined {
  const [, version = ''] =
    /<kafka.version>(.*)<\/kafka.version>/.exec(readFileSync(join(RECIPE, 'pom.xml'), 'utf8')) ?? [];
  const { KAFKA_CACHE, XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
  const jars = join(KAFKA_CACHE ?? join(XDG_CACHE_HOME, 'carillon-kafka'), version);
  if (existsSync(jars) && hasJava()) return jars;
  if (process.env.CI === 'true') throw new Error(REMEDY);
  console.log(`skipped: ${REMEDY}`);
  return undefined;
}

function hasJava(): boolean {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
