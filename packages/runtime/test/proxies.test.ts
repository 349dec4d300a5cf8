import { expect, it } from 'vitest';
import { parseConfig, proxyConfig, trustedProxiesOf } from '../src/index.ts';

const of = (env: Record<string, string>) => trustedProxiesOf(parseConfig(proxyConfig, env));

it('no proxy is believed that is not named', () => {
  expect(of({})).toBeUndefined();
  expect(of({ TRUST_PROXY: 'off' })).toBeUndefined();
});

it('a proxy says who calls in the header that is named, and each counts as one', () => {
  expect(of({ TRUST_PROXY: 'on' })).toEqual({ header: 'x-real-ip', hops: 1 });
  expect(of({ TRUST_PROXY: 'x-forwarded-for' })).toEqual({ header: 'x-forwarded-for', hops: 1 });
  expect(of({ TRUST_PROXY: 'forwarded', TRUSTED_HOPS: '2' })).toEqual({ header: 'forwarded', hops: 2 });
});

it.each([
  { TRUST_PROXY: 'yes' },
  { TRUST_PROXY: 'forwarded', TRUSTED_HOPS: '0' },
  { TRUST_PROXY: 'forwarded', TRUSTED_HOPS: '11' },
  { TRUST_PROXY: 'forwarded', TRUSTED_HOPS: 'two' },
  { TRUST_PROXY: 'on', TRUSTED_HOPS: '2' },
  { TRUSTED_HOPS: '1' },
])('%j is a fault of the environment', (env) => {
  expect(() => of(env)).toThrow(/TRUST/);
});

it('a number of proxies out of bounds is refused with its bounds', () => {
  expect(() => of({ TRUST_PROXY: 'forwarded', TRUSTED_HOPS: '11' })).toThrow(
    'TRUSTED_HOPS: must be a whole number, from 1 to 10',
  );
});
