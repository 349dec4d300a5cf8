import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * `TLS_CA_FILE`: the path of a PEM bundle of authorities that are trusted in addition to the system's, read at start. The
 * value is its text; undefined if unset.
 */
export const certificateAuthority = z
  .string()
  .transform((path, context) => {
    const text = readText(path);
    const fault = text === undefined ? 'the file cannot be read' : faultOf(text);
    if (text !== undefined && fault === undefined) return text;
    context.addIssue({ code: 'custom', message: fault });
    return z.NEVER;
  })
  .optional()
  .meta({
    description: "a PEM file of CAs to trust in addition to the system's, for PostgreSQL, the bus and Redis",
    unset: "the system's",
  });

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function faultOf(text: string): string | undefined {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) return 'the file holds no certificate in PEM';
  return certificates.every(isCertificate) ? undefined : 'the file holds a certificate that cannot be read';
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
