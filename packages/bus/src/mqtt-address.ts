import { DEFAULT_TOPICS_PREFIX, TOPICS_PREFIX } from './options.ts';

/** Where a broker is, and who comes. */
export interface MqttAddress {
  /** `mqtt:` or `mqtts:`. */
  url: URL;
  /** The first level of all its topics. */
  prefix: string;
  /** Decoded, as the password is. */
  username?: string;
  password?: string;
}

/** Reads the URL; `otherwise` is the prefix where it has none. Throws TypeError, without the password, where it is none. */
export function parseMqttUrl(url: string, otherwise = DEFAULT_TOPICS_PREFIX): MqttAddress {
  // The URL parser's own error holds what it was given.
  if (!URL.canParse(url))
    throw new TypeError(
      'cannot be used as an MQTT URL: it is not mqtt[s]://[user:password@]host[:port][/prefix]',
    );
  const parsed = new URL(url);
  if (parsed.hostname === '') throw new TypeError('cannot be used as an MQTT URL: it has no host');
  const prefix = parsed.pathname.slice(1) || otherwise;
  if (!TOPICS_PREFIX.test(prefix))
    throw new TypeError('cannot be used as an MQTT URL: its prefix is not one');
  const [username, password] = [decode(parsed.username), decode(parsed.password)];
  return { url: parsed, prefix, ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('cannot be used as an MQTT URL: it is not percent-encoded');
  }
}
