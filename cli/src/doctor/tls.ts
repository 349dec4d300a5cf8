import { connect, type TLSSocket } from 'node:tls';
import { type Finding, fault, ok, warning } from './finding.ts';
import type { Target } from './target.ts';
import { unreachable } from './unreachable.ts';

const WITHIN_MS = 10_000;

/** Enough time to renew a certificate by hand, days. */
const EXPIRES_SOON_DAYS = 21;

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Checks the certificate, and whether all tabs of a browser share one connection. */
export async function* examineTls({ origin }: Target): AsyncGenerator<Finding> {
  const { hostname, port } = new URL(origin);
  let socket: TLSSocket;
  try {
    socket = await handshake(hostname.replace(/^\[(.*)\]$/, '$1'), Number(port || 443));
  } catch (error) {
    yield fault('certificate', unreachable(error), 'Check that the host and the port are correct.');
    return;
  }
  const { authorized, authorizationError, alpnProtocol } = socket;
  const days = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS);
  socket.destroy();
  if (!authorized) {
    const remedy =
      'Use a certificate for this name, signed by a known authority. For a private authority set NODE_EXTRA_CA_CERTS.';
    yield fault('certificate', `The certificate is not trusted: ${String(authorizationError)}.`, remedy);
  } else if (days < EXPIRES_SOON_DAYS) {
    yield warning(
      'certificate',
      `The certificate expires in ${days} days.`,
      'Renew it: docs/compose.md explains how.',
    );
  } else yield ok('certificate', `Trusted; valid for ${days} more days.`);
  yield alpnProtocol === 'h2'
    ? ok('http/2', 'Offered: all tabs of a browser share one connection.')
    : warning(
        'http/2',
        'Not offered: a browser opens at most six connections to an origin, and each stream occupies one.',
        'Turn HTTP/2 on for browsers (nginx: http2 on).',
      );
}

function handshake(host: string, port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    // An untrusted certificate is a finding, not an error.
    const socket = connect({
      host,
      port,
      ...name,
      ALPNProtocols: ['h2', 'http/1.1'],
      rejectUnauthorized: false,
    });
    socket.setTimeout(WITHIN_MS, () => socket.destroy(new Error('the TLS handshake did not complete')));
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}
