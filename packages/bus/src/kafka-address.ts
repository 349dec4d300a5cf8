import { DEFAULT_TOPICS_PREFIX } from './options.ts';

/** Where a Kafka is, and who comes. */
export interface KafkaAddress {
  /** `host:port` of the brokers that are asked first; one that answers names the others. */
  brokers: string[];
  topic: string;
  tls: boolean;
  credentials: { username: string; password: string } | undefined;
}

/** The topic where the URL names none. */
const topicOf = (prefix: string) => `${prefix}.messages`;
export const DEFAULT_TOPIC = topicOf(DEFAULT_TOPICS_PREFIX);
const DEFAULT_PORT = '9092';

/** Several hosts with ports are no URL to the URL parser. */
const ADDRESS = /^kafka(s?):\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^/?#]*))?$/i;
const HOST = /^([a-z0-9._-]+)(?::([0-9]{1,5}))?$/i;

/** What Kafka takes as a topic's name. */
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;

/**
 * Reads `kafka://[user:password@]host[:port][,host[:port]…][/topic]`, with `kafkas:` for TLS. User and password are
 * percent-encoded. Where it names no topic, it is `{prefix}.messages`. A host is a name or an IPv4 address: kafkajs knows no IPv6 literals.
 * Throws TypeError, without the password, where it is no such URL.
 */
export function parseKafkaAddress(url: string, prefix = DEFAULT_TOPICS_PREFIX): KafkaAddress {
  const [, secure = '', user = '', password = '', hosts = '', path = ''] =
    ADDRESS.exec(url) ?? fail('it is not kafka[s]://[user:password@]host[:port][,host[:port]…][/topic]');
  const topic = path === '' ? topicOf(prefix) : decode(path);
  if (!TOPIC.test(topic)) fail('its topic is not one');
  if (user === '' && password !== '') fail('it has a password and no user');
  return {
    brokers: hosts.split(',').map((each) => {
      const [, host = '', port = DEFAULT_PORT] =
        HOST.exec(each) ?? fail('one of its hosts is not a name with a port');
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
    return fail('it is not percent-encoded');
  }
}

function fail(reason: string): never {
  throw new TypeError(`cannot be used as a Kafka URL: ${reason}`);
}
