import { rootCertificates } from 'node:tls';

/**
 * The TLS option that trusts `ca` (PEM, one or more certificates) in addition to the system's roots; empty without
 * `ca`.
 */
export function trusting(ca: string | undefined): { ca?: string[] } {
  return ca === undefined ? {} : { ca: [...rootCertificates, ca] };
}
