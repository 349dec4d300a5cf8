import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { certificateAuthority, parseConfig, redacted } from '../src/index.ts';

const schema = z.object({ TLS_CA_FILE: certificateAuthority });

describe('TLS_CA_FILE', () => {
  let directory: string;
  const file = (name: string, content?: string) => {
    const path = join(directory, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'carillon-ca-'));
    for (const name of ['one', 'two']) {
      const subject = ['-subj', `/CN=${name}`, '-keyout', file('key.pem'), '-out', file(`${name}.pem`)];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ed25519', '-nodes', ...subject], {
        stdio: 'pipe',
      });
    }
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('gives the text of the bundle at its path, or nothing where it is unset', () => {
    const bundle = ['one', 'two'].map((name) => readFileSync(file(`${name}.pem`), 'utf8')).join('\n');
    expect(parseConfig(schema, { TLS_CA_FILE: file('bundle', bundle) }).TLS_CA_FILE).toBe(bundle);
    expect(parseConfig(schema, {}).TLS_CA_FILE).toBeUndefined();
  });

  it('is printed by its first line', () => {
    const config = parseConfig(schema, { TLS_CA_FILE: file('one.pem') });
    expect(redacted(schema, config)).toEqual({ TLS_CA_FILE: '-----BEGIN CERTIFICATE----- …' });
  });

  it('is refused where there is no file, no certificate in it, or one that cannot be read', () => {
    const broken = readFileSync(file('one.pem'), 'utf8').replace(/\n[^-]{40}/, '\n');
    for (const [path, fault] of [
      [file('none'), 'the file cannot be read'],
      [file('key.pem'), 'the file holds no certificate in PEM'],
      [file('broken', broken), 'the file holds a certificate that cannot be read'],
    ] as const) {
      expect(() => parseConfig(schema, { TLS_CA_FILE: path })).toThrow(`TLS_CA_FILE: ${fault}`);
    }
  });
});
