import { DEFAULT_TOPICS_PREFIX, TOPICS_PREFIX } from './options.ts';

/** The broker and credentials of an MQTT URL. */
export interface MqttAddress {
  /** `mqtt:` or `mqtts:`. */
  url: URL;
  /** The first level of all its topics. */
  prefix: string;
  /** Decoded, like the password. */
  username?: string;
  password?: string;
}

/**
 * Parses the URL; `otherwise` is the prefix if it has none. Throws TypeError for any other URL, without the password in
 * the message.
 */
export function parseMqttUrl(url: string, otherwise = DEFAULT_TOPICS_PREFIX): MqttAddress {
  // The URL parser's own error contains its input.
  if (!URL.canParse(url))
    throw new TypeError(
      'not a valid MQTT URL: it must have the form mqtt[s]://[user:password@]host[:port][/prefix]',
    );
  const parsed = new URL(url);
  if (parsed.hostname === '') throw new TypeError('not a valid MQTT URL: it has no host');
  const prefix = parsed.pathname.slice(1) || otherwise;
  if (!TOPICS_PREFIX.test(prefix)) throw new TypeError('not a valid MQTT URL: the prefix is not valid');
  const [username, password] = [decode(parsed.username), decode(parsed.password)];
  return { url: parsed, prefix, ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('not a valid MQTT URL: it is not percent-encoded correctly');
  }
}
