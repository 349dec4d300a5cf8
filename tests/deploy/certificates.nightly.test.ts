import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../deploy/certificates/make-certificates', import.meta.url));

describe('make-certificates', { timeout: 60_000 }, () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'carillon-certificates-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const make = (certificates: string[], env = {}) =>
    execFileSync(SCRIPT, [directory, ...certificates], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const text = (name: string) => readFileSync(join(directory, name), 'utf8');
  const certificate = (name: string) => new X509Certificate(text(name));
  const mode = (name: string) => (statSync(join(directory, name)).mode & 0o777).toString(8);
  const all = () => Object.fromEntries(readdirSync(directory).map((name) => [name, text(name)]));

  it('makes each certificate for its hosts, signed by the authority, with a key that only the owner can read', () => {
    make(['kafka=kafka,10.0.0.7,::1', 'nginx=*.example.org']);
    const authority = certificate('authority.pem');
    const kafka = certificate('kafka.pem');
    expect(authority.ca).toBe(true);
    expect(kafka.ca).toBe(false);
    expect(kafka.verify(authority.publicKey)).toBe(true);
    expect(kafka.subjectAltName).toBe('DNS:kafka, IP Address:10.0.0.7, IP Address:0:0:0:0:0:0:0:1');
    expect(certificate('nginx.pem').checkHost('chat.example.org')).toBeDefined();
    expect(text('kafka.key')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(text('kafka.keystore.pem')).toBe(text('kafka.key') + text('kafka.pem'));
    expect(text('kafka.pem').endsWith(text('authority.pem'))).toBe(true);
    for (const name of ['authority.key', 'kafka.key', 'kafka.keystore.pem', 'nginx.key'])
      expect(mode(name)).toBe('600');
    for (const name of ['authority.pem', 'kafka.pem']) expect(mode(name)).toBe('644');
  });

  it('keeps valid certificates, and renews those with other hosts, without a key or close to expiry', () => {
    make(['kafka=kafka', 'nginx=localhost']);
    const before = all();
    expect(make(['kafka=kafka', 'nginx=localhost'])).toBe('');
    expect(all()).toEqual(before);

    expect(make(['kafka=kafka,localhost', 'nginx=localhost'])).toBe('made the certificate of kafka\n');
    expect(certificate('kafka.pem').checkHost('localhost')).toBe('localhost');
    expect(text('nginx.pem')).toBe(before['nginx.pem']);

    rmSync(join(directory, 'nginx.key'));
    expect(make(['nginx=localhost'])).toBe('made the certificate of nginx\n');
    const yearOff = { RENEW_DAYS: '400' };
    expect(make(['nginx=localhost'], yearOff)).toBe('made the certificate of nginx\n');
    expect(text('authority.pem')).toBe(before['authority.pem']);
    expect(make(['nginx=localhost'], { RENEW_DAYS: '4000' })).toContain('made the authority');
    expect(certificate('nginx.pem').verify(certificate('authority.pem').publicKey)).toBe(true);
  });

  it('uses a certificate from elsewhere, and never changes it', () => {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=ours'],
        ...['-keyout', join(directory, 'nginx.key'), '-out', join(directory, 'nginx.pem')],
      ],
      { stdio: 'pipe' },
    );
    const before = all();
    expect(make(['nginx=localhost', 'kafka=kafka'])).not.toContain('nginx');
    expect(all()).toMatchObject(before);
    expect(text('nginx.keystore.pem')).toContain(before['nginx.pem']);
  });

  it('signs with an authority from elsewhere, and says what is missing if it has no key', () => {
    make(['kafka=kafka']);
    rmSync(join(directory, 'authority.made'));
    const authority = text('authority.pem');
    make(['nginx=localhost'], { RENEW_DAYS: '400' });
    expect(text('authority.pem')).toBe(authority);
    expect(certificate('nginx.pem').verify(certificate('authority.pem').publicKey)).toBe(true);

    rmSync(join(directory, 'authority.key'));
    expect(() => make(['mosquitto=mosquitto'])).toThrow(
      'mosquitto.pem is needed: there is no authority.key to sign it with',
    );
    expect(make(['kafka=kafka'])).toBe('');
  });

  it('refuses an argument that is not a name with its hosts', () => {
    for (const wrong of ['kafka', 'kafka=', '=kafka', 'kafka=a b', '../kafka=$(id)']) {
      expect(() => make([wrong])).toThrow('not NAME=HOST');
    }
    writeFileSync(join(directory, 'authority.pem'), 'no certificate');
    expect(() => make(['kafka=kafka'])).toThrow('authority.pem');
    expect(existsSync(join(directory, 'kafka.pem'))).toBe(false);
  });
});
