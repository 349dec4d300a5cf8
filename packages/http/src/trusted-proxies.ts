import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { forwardedElement, forwardedParameters } from './forwarded.ts';

/** The proxies in front of this process that are trusted, and the header in which they report the caller. */
export interface TrustedProxies {
  /**
   * `x-real-ip` holds one address, and the proxy replaces what a caller sent. To the other two each proxy appends the
   * peer that it sees: `x-forwarded-for` in the common form, `forwarded` in the form of RFC 7239.
   */
  readonly header: 'x-real-ip' | 'x-forwarded-for' | 'forwarded';
  /**
   * How many of your own proxies a request passes, one after the other; 1 or more. The entry of the outermost proxy is
   * the hop-th from the end. The caller may have written everything before it. `x-real-ip` has no entries to count.
   */
  readonly hops: number;
}

/**
 * The caller's address that trusted proxies report, IPv4 or IPv6 without a port; undefined if they report none: the
 * header is missing, has fewer entries than hops, or the entry is not an address (`unknown`, or an obfuscated name of
 * RFC 7239, 6.3).
 */
export function reportedAddress(
  headers: IncomingHttpHeaders,
  { header, hops }: TrustedProxies,
): string | undefined {
  const reported = headers[header];
  if (typeof reported !== 'string') return undefined;
  switch (header) {
    case 'x-real-ip':
      return isIP(reported) > 0 ? reported : undefined;
    case 'x-forwarded-for':
      return addressOf(entry(reported, hops));
    case 'forwarded':
      return addressOf(forwardedParameters(forwardedElement(reported, hops))?.get('for'));
  }
}

/**
 * Whether trusted proxies report that a request came over https: by `proto` of `Forwarded` if that is the header and
 * has it, else by the entry of `X-Forwarded-Proto` of the outermost proxy. Many setups write a single value there,
 * whatever the number of proxies.
 */
export function reportedHttps(headers: IncomingHttpHeaders, { header, hops }: TrustedProxies): boolean {
  const { forwarded, 'x-forwarded-proto': reported } = headers;
  const proto =
    header === 'forwarded' && forwarded !== undefined
      ? forwardedParameters(forwardedElement(forwarded, hops))?.get('proto')
      : undefined;
  if (proto !== undefined) return proto.toLowerCase() === 'https';
  if (typeof reported !== 'string') return false;
  const schemes = reported.split(',');
  return schemes.at(-Math.min(hops, schemes.length))?.trim().toLowerCase() === 'https';
}

/**
 * The entry at this position from the end, 1 for the last. An empty entry counts: no proxy adds one, and skipping it
 * would shift the others.
 */
function entry(list: string, fromEnd: number): string | undefined {
  return list.split(',').at(-fromEnd)?.trim();
}

/**
 * An address with a port, as some proxies write it: `192.0.2.7:80`, `[2001:db8::7]:80`; in RFC 7239 a port may be a
 * name, `_x`.
 */
const NODE = /^(?:\[([^\]]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/;

function addressOf(node: string | undefined): string | undefined {
  if (node === undefined || isIP(node) > 0) return node;
  const [, six = '', four = ''] = NODE.exec(node) ?? [];
  if (isIP(six) === 6) return six;
  return isIP(four) === 4 ? four : undefined;
}
