/** The variables that describe the proxies in front of a service. */
import { z } from 'zod';
import { ConfigError } from './config.ts';

/** More than any deployment has: CDN, load balancer, Ingress and nginx are four. */
const MAX_TRUSTED_HOPS = 10;

/** Which proxies are trusted to report the client address. */
export const proxyConfig = z.object({
  TRUST_PROXY: z
    .enum(['off', 'on', 'x-forwarded-for', 'forwarded'])
    .default('off')
    .describe(
      'the header with the client address that your proxy sets: `on` means `X-Real-IP`; `x-forwarded-for` and `forwarded` mean the header of that name',
    ),
  TRUSTED_HOPS: z.coerce
    .number(`must be a whole number, from 1 to ${MAX_TRUSTED_HOPS}`)
    .int()
    .min(1)
    .max(MAX_TRUSTED_HOPS)
    .optional()
    .meta({
      description:
        'with `x-forwarded-for` or `forwarded`: how many of your own proxies a request passes through; never set more than there are',
      unset: '`1`',
    }),
});

export type ProxyConfig = z.output<typeof proxyConfig>;

/**
 * Returns the proxies that the environment trusts, for `@carillon/http`; undefined if there are none. Throws a ConfigError if
 * TRUSTED_HOPS is set but has no effect, because you would rely on it.
 */
export function trustedProxiesOf(
  config: ProxyConfig,
): { header: 'x-real-ip' | 'x-forwarded-for' | 'forwarded'; hops: number } | undefined {
  const { TRUST_PROXY: trusted, TRUSTED_HOPS: hops } = config;
  if (trusted === 'x-forwarded-for' || trusted === 'forwarded') return { header: trusted, hops: hops ?? 1 };
  if (hops !== undefined)
    throw new ConfigError(['TRUSTED_HOPS: has an effect only with TRUST_PROXY=x-forwarded-for or forwarded']);
  return trusted === 'on' ? { header: 'x-real-ip', hops: 1 } : undefined;
}
