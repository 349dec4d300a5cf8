import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { reportedAddress, type TrustedProxies } from './trusted-proxies.ts';

/**
 * The caller of a request, as the key of a limit: an IPv4 address, or the /64 of an IPv6 address, because one household
 * or server can choose any address of its /64 (RFC 6177). The address is what `proxies` report. If none are trusted, or
 * they report no address, it is the peer of the connection; that may be the nearest proxy, whose callers then share one
 * limit.
 */
export function clientAddress(incoming: IncomingMessage, proxies: TrustedProxies | undefined): string {
  const reported = proxies && reportedAddress(incoming.headers, proxies);
  const address = reported ?? incoming.socket.remoteAddress;
  return address === undefined ? UNKNOWN : addressKey(address);
}

/** For a connection that has lost its peer, or never had an address (a Unix socket). */
const UNKNOWN = 'unknown';

/** An IPv4 address unchanged, also if mapped to IPv6 (`::ffff:1.2.3.4`); the /64 of any other IPv6 address. */
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

/** The eight groups of an IPv6 address. The URL parser normalizes every notation (RFC 5952). */
function groupsOf(address: string): number[] {
  const [plain = ''] = address.split('%');
  const [left = '', right] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}
