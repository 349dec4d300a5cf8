import { DEFAULT_TOPICS_PREFIX } from './options.ts';

/** The brokers and credentials of a Kafka URL. */
export interface KafkaAddress {
  /** `host:port` of the bootstrap brokers; any that answers names the others. */
  brokers: string[];
  topic: string;
  tls: boolean;
  credentials: { username: string; password: string } | undefined;
}

/** The topic if the URL names none. */
const topicOf = (prefix: string) => `${prefix}.messages`;
export const DEFAULT_TOPIC = topicOf(DEFAULT_TOPICS_PREFIX);
const DEFAULT_PORT = '9092';

/** The URL parser does not accept several hosts with ports. */
const ADDRESS = /^kafka(s?):\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^/?#]*))?$/i;
const HOST = /^([a-z0-9._-]+)(?::([0-9]{1,5}))?$/i;

/** The form of a Kafka topic name. */
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;

/**
 * Parses `kafka://[user:password@]host[:port][,host[:port]…][/topic]`, with `kafkas:` for TLS. User and password are
 * percent-encoded. Without a topic it is `{prefix}.messages`. A host is a name or an IPv4 address: kafkajs supports no
 * IPv6 literals. Throws TypeError for any other URL, without the password in the message.
 */
export function parseKafkaAddress(url: string, prefix = DEFAULT_TOPICS_PREFIX): KafkaAddress {
  const [, secure = '', user = '', password = '', hosts = '', path = ''] =
    ADDRESS.exec(url) ??
    fail('it must have the form kafka[s]://[user:password@]host[:port][,host[:port]…][/topic]');
  const topic = path === '' ? topicOf(prefix) : decode(path);
  if (!TOPIC.test(topic)) fail('the topic name is not valid');
  if (user === '' && password !== '') fail('it has a password but no user');
  return {
    brokers: hosts.split(',').map((each) => {
      const [, host = '', port = DEFAULT_PORT] =
        HOST.exec(each) ?? fail('each host must be a name, or a name with a port');
      return `${host}:${port}`;
    }),
    topic,
    tls: secure !== '',
    credentials: user === '' ? undefined : { username: decode(user), password: decode(password) },
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail('it is not percent-encoded correctly');
  }
}

function fail(reason: string): never {
  throw new TypeError(`not a valid Kafka URL: ${reason}`);
}
