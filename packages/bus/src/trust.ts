import { rootCertificates } from 'node:tls';

/** The TLS option that trusts `ca` (PEM, one or more certificates) besides the system's roots; nothing where there is none. */
export function trusting(ca: string | undefined): { ca?: string[] } {
  return ca === undefined ? {} : { ca: [...rootCertificates, ca] };
}
