import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The receiver's address is not on the public internet, and webhooks to other addresses are not allowed. */
export class BlockedAddress extends Error {
  override readonly name = 'BlockedAddress';
}

/** Special-purpose IPv4 addresses that are not globally reachable (IANA registry, RFC 6890), and multicast. */
const BLOCKED_4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * All IPv6 addresses that IANA has assigned to the public internet. Not included: loopback, link-local, unique local,
 * multicast, IPv4-mapped, NAT64.
 */
const GLOBAL_6: readonly [string, number] = ['2000::', 3];

/**
 * Excluded from {@link GLOBAL_6}: protocol assignments with Teredo, documentation, and 6to4, which embeds an IPv4
 * address.
 */
const BLOCKED_6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const blocked = new BlockList();
for (const [net, prefix] of BLOCKED_4) blocked.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of BLOCKED_6) blocked.addSubnet(net, prefix, 'ipv6');
const global6 = new BlockList();
global6.addSubnet(...GLOBAL_6, 'ipv6');

/** Whether an IP address is on the public internet. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !blocked.check(address, 'ipv4');
    case 6:
      return global6.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
    default:
      return false;
  }
}

/**
 * Throws BlockedAddress if the host of a URL is itself an address that is not public: no lookup is made for an address.
 * The URL parser has already normalized unusual IPv4 notations (`0x7f.1`, `2130706433`).
 */
export function refuseBlockedHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new BlockedAddress('the address is not public');
}

/**
 * A lookup for `http.request` that returns public addresses only. The connection is made to the returned address, so a
 * name that resolves to another address a moment later (DNS rebinding) has no effect.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, '', 0);
    const allowed = found.filter(({ address }) => isPublicAddress(address));
    const [first] = allowed;
    if (first === undefined) return callback(new BlockedAddress('the address is not public'), '', 0);
    if (options.all === true) return callback(null, allowed);
    return callback(null, first.address, first.family);
  });
};
