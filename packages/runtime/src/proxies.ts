/** The variables by which a service knows the proxies in front of it. */
import { z } from 'zod';
import { ConfigError } from './config.ts';

/** More than stand behind each other anywhere: CDN, load balancer, Ingress, nginx are four. */
const MAX_TRUSTED_HOPS = 10;

/** Which proxies are believed who calls. */
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
 * The proxies that the environment trusts, as `@carillon/http` takes them; undefined where none are. Throws a ConfigError where hops
 * are given and nothing is counted by them: whoever set them thinks that they are.
 */
export function trustedProxiesOf(
  config: ProxyConfig,
): { header: 'x-real-ip' | 'x-forwarded-for' | 'forwarded'; hops: number } | undefined {
  const { TRUST_PROXY: trusted, TRUSTED_HOPS: hops } = config;
  if (trusted === 'x-forwarded-for' || trusted === 'forwarded') return { header: trusted, hops: hops ?? 1 };
  if (hops !== undefined)
    throw new ConfigError(['TRUSTED_HOPS: counts only with TRUST_PROXY=x-forwarded-for or forwarded']);
  return trusted === 'on' ? { header: 'x-real-ip', hops: 1 } : undefined;
}
