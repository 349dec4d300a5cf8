import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { reportedAddress, reportedHttps, type TrustedProxies } from '../src/trusted-proxies.ts';

const listed = (told: string, hops = 1) =>
  reportedAddress({ 'x-forwarded-for': told }, { header: 'x-forwarded-for', hops });
const forwarded = (told: string, hops = 1) =>
  reportedAddress({ forwarded: told }, { header: 'forwarded', hops });

/** What a caller may write into a header: anything that Node's parser lets through. */
const writtenByCaller = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'f', 'for=', '9.9.9.9', '[::1]') }),
);
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const port = fc.option(fc.integer({ min: 1, max: 65_535 }));

/** As a proxy writes an address: to `X-Forwarded-For` bare, or with a port and then IPv6 in brackets. */
const listEntry = fc.tuple(address, port).map(([told, of]) => ({
  told,
  entry: of === null ? told : told.includes(':') ? `[${told}]:${of}` : `${told}:${of}`,
}));

/** To `Forwarded` quoted where it is no token, among other parameters in any order. */
const element = fc
  .tuple(
    address,
    port,
    fc.subarray(['proto=https', 'by=_here', 'host="a,b\\"c;for=6.6.6.6"', 'x=""']),
    fc.nat(),
  )
  .map(([told, of, others, place]) => {
    const node = told.includes(':') ? `[${told}]` : told;
    const pair = told === node && of === null ? `for=${told}` : `For="${node}${of === null ? '' : `:${of}`}"`;
    return { told, entry: others.toSpliced(place % (others.length + 1), 0, pair).join(';') };
  });

describe.each([
  ['x-forwarded-for', listEntry],
  ['forwarded', element],
] as const)('what is added to %s', (header, entry) => {
  it('by the outermost of the proxies counts, whatever a caller wrote before it', () => {
    fc.assert(
      fc.property(
        fc.option(writtenByCaller),
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        (before, added) => {
          const own = added.map(({ entry }) => entry);
          const told = (before === null ? own : [before, ...own]).join(', ');
          expect(reportedAddress({ [header]: told }, { header, hops: added.length })).toBe(added[0]?.told);
        },
      ),
      { numRuns: propertyRuns(300, 20_000) },
    );
  });

  it('never makes anything but an address, and never throws', () => {
    fc.assert(
      fc.property(writtenByCaller, fc.integer({ min: 1, max: 3 }), (told, hops) => {
        const proxies: TrustedProxies = { header, hops };
        const found = reportedAddress({ [header]: told }, proxies);
        if (found !== undefined) expect(found).toMatch(/^[\da-f.:]+(%[\w.:-]+)?$/i);
        reportedHttps({ [header]: told, 'x-forwarded-proto': told }, proxies);
      }),
      { numRuns: propertyRuns(300, 20_000) },
    );
  });
});

describe('X-Forwarded-For', () => {
  it.each([
    '',
    ' ',
    'unknown',
    '192.0.2.7,',
    '192.0.2.7 192.0.2.8',
    '[192.0.2.7]:80',
    '192.0.2.7:',
    '_hidden',
    '1.2.3',
  ])('tells no address in %j', (told) => {
    expect(listed(told)).toBeUndefined();
  });

  it('tells none where it has fewer entries than there are proxies, since then one was passed by', () => {
    expect(listed('192.0.2.7', 2)).toBeUndefined();
    expect(listed('192.0.2.7, 10.0.0.1', 2)).toBe('192.0.2.7');
  });

  it('keeps an empty entry in its place, so that it moves none of the others', () => {
    expect(listed('6.6.6.6, , 10.0.0.1', 2)).toBeUndefined();
  });
});

describe('Forwarded', () => {
  // The examples of RFC 7239, 4 and 6.
  it.each([
    ['for="_gazonk"', undefined],
    ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', '192.0.2.60'],
    ['for=192.0.2.43, for=198.51.100.17', '198.51.100.17'],
    ['for="192.0.2.43:47011"', '192.0.2.43'],
    ['for="192.0.2.43:_x1"', '192.0.2.43'],
    ['for=unknown', undefined],
    ['for=_hidden, for=_SEVKISEK', undefined],
    ['proto=https', undefined],
    ['for=192.0.2.1;for=192.0.2.2', undefined],
    ['for=192.0.2.1 for=192.0.2.2', undefined],
    ['for="192.0.2.1', undefined],
    ['for = 192.0.2.1', undefined],
  ])('%s tells %s', (told, found) => {
    expect(forwarded(told)).toBe(found);
  });

  it('is read from its end: a quotation mark that a caller left open swallows nothing', () => {
    expect(forwarded('for="6.6.6.6, for=192.0.2.7')).toBe('192.0.2.7');
    expect(forwarded('for="6.6.6.6, for=192.0.2.7, for="[::1]"', 2)).toBe('192.0.2.7');
  });

  it('takes a time that grows with its length alone, however many blanks there are', () => {
    const start = performance.now();
    for (let times = 0; times < 10; times++)
      expect(forwarded(`for=_x;${' '.repeat(16_000)}x`)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('https', () => {
  const by = (header: TrustedProxies['header'], hops: number, headers: Record<string, string>) =>
    reportedHttps(headers, { header, hops });

  it.each([
    ['https', 1, true],
    ['HTTPS', 1, true],
    ['http', 1, false],
    ['https, http', 1, false],
    ['http, https', 1, true],
    ['http, https, http', 2, true],
    ['https', 2, true],
    ['', 1, false],
  ])('X-Forwarded-Proto: %s through %i is %s', (told, hops, https) => {
    expect(by('x-forwarded-for', hops, { 'x-forwarded-proto': told })).toBe(https);
  });

  it('is told by the element of Forwarded that counts, else by X-Forwarded-Proto', () => {
    const plain = { 'x-forwarded-proto': 'http' };
    expect(by('forwarded', 1, { ...plain, forwarded: 'for=_a;proto=https' })).toBe(true);
    expect(by('forwarded', 1, { ...plain, forwarded: 'proto=https, for=_a;proto=http' })).toBe(false);
    expect(by('forwarded', 1, { 'x-forwarded-proto': 'https', forwarded: 'for=_a' })).toBe(true);
    expect(by('x-forwarded-for', 1, { ...plain, forwarded: 'proto=https' })).toBe(false);
  });
});
