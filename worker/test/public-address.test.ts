import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isPublicAddress, lookupPublic } from '../src/webhooks/public-address.ts';
import { openSender } from '../src/webhooks/sender.ts';

const PRIVATE: [what: string, ...addresses: string[]][] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['loopback', '127.0.0.1', '127.255.255.255', '::1'],
  ['private', '10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  ['carrier NAT', '100.64.0.0', '100.127.255.255'],
  ['link-local, where clouds keep their metadata', '169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1'],
  ['cloud metadata over IPv6', 'fd00:ec2::254'],
  ['unique local', 'fc00::1', 'fdff:ffff::1'],
  ['site-local of old', 'fec0::1'],
  ['protocol assignments', '192.0.0.1', '192.0.0.170', '2001::1', '2001:1ff::1'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  ['benchmarks', '198.18.0.0', '198.19.255.255', '2001:2::1'],
  ['6to4', '192.88.99.1', '2002:7f00:1::', '2002:a9fe:a9fe::1'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  ['reserved and broadcast', '240.0.0.1', '255.255.255.255'],
  ['unspecified', '::'],
  ['IPv4 in IPv6', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '::ffff:8.8.8.8'],
  ['NAT64', '64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1'],
  ['discard', '100::1'],
  ['segment routing', '5f00::1'],
  ['no address at all', '', 'localhost', '127.1', '1.2.3.4.5'],
];

const PUBLIC = [
  ...[
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
  ],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0'],
  ...[
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450::1',
    '2001:200::1',
  ],
];

describe('an address', () => {
  it.each(PRIVATE)('of kind "%s" is not public', (_, ...addresses) => {
    for (const address of addresses) expect(isPublicAddress(address), address).toBe(false);
  });

  it('beside those is public', () => {
    for (const address of PUBLIC) expect(isPublicAddress(address), address).toBe(true);
  });
});

it.each([true, false])('a name of this machine is resolved to nothing (all: %s)', async (all) => {
  const answer = await new Promise<unknown>((resolve) => {
    lookupPublic('localhost', { all }, (error, address) => resolve(error ?? address));
  });
  expect(answer).toMatchObject({ name: 'BlockedAddress' });
});

describe('a sender', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  const receiver = async (host: string) => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    closing.push(() => server.close().closeAllConnections());
    return { port: (server.address() as AddressInfo).port, requests: () => requests };
  };
  const send = async (allowPrivate: boolean, url: string) => {
    const sender = openSender({ allowPrivate });
    closing.push(() => sender.close());
    return sender.send({ url, headers: {}, body: '{}' }, new AbortController().signal);
  };

  it('reaches no private address, however it is written, and by no name', async () => {
    const { port, requests } = await receiver('0.0.0.0');
    const hosts = [
      ...[
        '127.0.0.1',
        'localhost',
        'LOCALHOST.',
        '0.0.0.0',
        '127.1',
        '0x7f.1',
        '0177.0.0.1',
        '2130706433',
        '0x7f000001',
      ],
      ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '[::]', '１２７.0.0.1'],
    ];
    for (const host of hosts) {
      const sent = await send(false, `http://${host}:${port}/`);
      expect(sent, host).toMatchObject({ outcome: expect.stringMatching(/^(blocked|unreachable)$/) });
      if (!/localhost\./i.test(host)) expect(sent.outcome, host).toBe('blocked');
    }
    expect(requests()).toBe(0);
    expect((await send(true, `http://127.0.0.1:${port}/`)).outcome).toBe('taken');
    expect((await send(true, `http://localhost:${port}/`)).outcome).toBe('taken');
    expect(requests()).toBe(2);
  });
});
