import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addressKey, clientAddress } from '../src/client-address.ts';
import type { TrustedProxies } from '../src/trusted-proxies.ts';

/** What a real request with these headers is taken to come from. */
async function asked(
  headers: Record<string, string | string[]>,
  proxies: TrustedProxies | undefined,
): Promise<string> {
  let found = '';
  const server = createServer((incoming: IncomingMessage, answer) => {
    found = clientAddress(incoming, proxies);
    answer.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve, reject) =>
    request({ port, host: '127.0.0.1', headers, agent: false }, (answer) =>
      answer.resume().on('end', resolve),
    )
      .on('error', reject)
      .end(),
  );
  await new Promise((resolve) => server.close(resolve));
  return found;
}

describe('the address of a client', () => {
  it('is the peer of its connection, whatever a header says', async () => {
    const told = {
      'X-Real-IP': '192.0.2.7',
      'X-Forwarded-For': '192.0.2.8',
      Forwarded: 'for=192.0.2.9',
    };
    expect(await asked(told, undefined)).toBe('127.0.0.1');
  });

  it('is what a trusted proxy says', async () => {
    const proxies = { header: 'x-real-ip', hops: 1 } as const;
    expect(await asked({ 'X-Real-IP': '192.0.2.7' }, proxies)).toBe('192.0.2.7');
  });

  it('is what the proxy added to several lines of its header', async () => {
    const lines = ['192.0.2.1', '192.0.2.2, 192.0.2.7'];
    const proxies = { header: 'x-forwarded-for', hops: 1 } as const;
    expect(await asked({ 'X-Forwarded-For': lines }, proxies)).toBe('192.0.2.7');
    const elements = ['for="192.0.2.1', 'for=192.0.2.2', 'for=192.0.2.7'];
    expect(await asked({ Forwarded: elements }, { header: 'forwarded', hops: 2 })).toBe('192.0.2.2');
  });

  it.each(['', 'somebody', '192.0.2.7, 192.0.2.8', '999.0.0.1', '[::1]'])(
    'is the peer where the proxy says %j, which is none',
    async (told) => {
      expect(await asked({ 'X-Real-IP': told }, { header: 'x-real-ip', hops: 1 })).toBe('127.0.0.1');
    },
  );

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
