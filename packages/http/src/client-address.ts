import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type TrustedProxies, toldAddress } from './trusted-proxies.ts';

/**
 * Whom a request comes from, as the key of a limit: an IPv4 address, or the /64 of an IPv6 address, since one
 * household or server has all of a /64 to choose from (RFC 6177). It is what `proxies` say, and the peer of the connection where
 * none are trusted or they say no address: then it is the nearest proxy, whose callers share what one of them may.
 */
export function clientAddress(incoming: IncomingMessage, proxies: TrustedProxies | undefined): string {
  const told = proxies && toldAddress(incoming.headers, proxies);
  const address = told ?? incoming.socket.remoteAddress;
  return address === undefined ? UNKNOWN : addressKey(address);
}

/** A connection that has no peer any more, or never had an address (a Unix socket). */
const UNKNOWN = 'unknown';

/** An IPv4 address as it is, also out of IPv6 (`::ffff:1.2.3.4`); of any other IPv6 address its /64. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const groups = groupsOf(address);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight groups of an IPv6 address. The URL parser writes every form of it in one (RFC 5952). */
function groupsOf(address: string): number[] {
  const [plain = ''] = address.split('%');
  const [left = '', right] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}
