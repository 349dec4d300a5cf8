import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ConfigError,
  type Environment,
  logLevel,
  onOff,
  parseConfig,
  port,
  redacted,
  secret,
  urlOf,
} from '../src/index.ts';

const schema = z.object({
  PORT: port(8080),
  LOG_LEVEL: logLevel,
  HELLO_BOT: onOff('on'),
  HISTORY_URL: urlOf('postgres:', 'sqlite:').optional(),
  JWT_SECRET: secret(z.string().min(8)).optional(),
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'carillon-config-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, `value-${content.length}`);
  writeFileSync(path, content);
  return path;
}

function faultsOf(environment: Environment, of: z.ZodObject = schema): readonly string[] {
  try {
    parseConfig(of, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('gives the defaults where nothing is set', () => {
    expect(parseConfig(schema, {})).toEqual({ PORT: 8080, LOG_LEVEL: 'info', HELLO_BOT: true });
  });

  it('reads what is set and leaves the rest of the environment alone', () => {
    const environment = { PORT: '0', HELLO_BOT: 'off', HISTORY_URL: 'sqlite:./data', HOME: '/root' };
    expect(parseConfig(schema, environment)).toEqual({
      PORT: 0,
      LOG_LEVEL: 'info',
      HELLO_BOT: false,
      HISTORY_URL: 'sqlite:./data',
    });
  });

  it('takes an empty value as unset, for a secret and its file too', () => {
    const environment = { PORT: '', LOG_LEVEL: '', JWT_SECRET: '', JWT_SECRET_FILE: '' };
    expect(parseConfig(schema, environment)).toEqual(parseConfig(schema, {}));
  });

  it('tells every fault at once, each with its variable', () => {
    const environment = {
      PORT: '65536',
      LOG_LEVEL: 'loud',
      HELLO_BOT: 'yes',
      HISTORY_URL: 'mysql://h/db',
      JWT_SECRET: 'short',
    };
    const faults = faultsOf(environment);
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(Object.keys(environment));
    expect(faults).toContain('HISTORY_URL: must be a URL that starts with postgres: or sqlite:');
  });

  it('says of a required variable that it is not set', () => {
    expect(faultsOf({}, z.object({ NAME: z.string() }))).toEqual(['NAME: is not set']);
  });

  it.each(['-1', '80.5', '0x50', '1e3', ' 80', 'http', '99999', '123456'])(
    'refuses %j as a port',
    (value) => {
      expect(faultsOf({ PORT: value })).toEqual(['PORT: must be a port, 0 to 65535']);
    },
  );

  it('lets a fault of the whole schema through', () => {
    const pair = z
      .object({ A: z.string().optional(), B: z.string().optional() })
      .refine((config) => (config.A === undefined) === (config.B === undefined), 'A and B go together');
    expect(faultsOf({ A: 'x' }, pair)).toEqual(['A and B go together']);
  });
});

describe('a secret', () => {
  it.each([
    ['from-a-file\n', 'from-a-file'],
    ['from-a-file\r\n', 'from-a-file'],
    ['from-a-file', 'from-a-file'],
    ['two\nlines-\n\n', 'two\nlines-\n'],
  ])('comes from a file without its last newline: %j', (content, value) => {
    expect(parseConfig(schema, { JWT_SECRET_FILE: file(content) }).JWT_SECRET).toBe(value);
  });

  it('comes from a file where it is required and where it is wrapped', () => {
    const wrapped = z.object({
      A: secret(z.string()),
      B: secret(z.string()).default('b'),
      C: secret(z.string()).transform((text) => text.length),
    });
    const path = file('value');
    const environment = { A_FILE: path, B_FILE: path, C_FILE: path };
    expect(parseConfig(wrapped, environment)).toEqual({ A: 'value', B: 'value', C: 5 });
  });

  it('is refused when it is given as a value and as a file', () => {
    expect(faultsOf({ JWT_SECRET: 'long enough', JWT_SECRET_FILE: file('long enough too') })).toEqual([
      'JWT_SECRET: given twice, as JWT_SECRET and as JWT_SECRET_FILE',
    ]);
  });

  it('is refused once, with the reason, when its file is missing or empty', () => {
    const required = z.object({ A: secret(z.string()), B: secret(z.string()) });
    expect(faultsOf({ A_FILE: join(directory, 'none'), B_FILE: file('\n') }, required)).toEqual([
      'A_FILE: the file cannot be read (ENOENT)',
      'B_FILE: the file is empty',
    ]);
  });

  it('is not told by a fault, not even where a check of its own repeats it', () => {
    const blabbing = z.object({
      TOKEN: secret(z.string().refine(() => false, { error: ({ input }) => `${input} is no good` })),
    });
    expect(faultsOf({ TOKEN: 'hunter22' }, blabbing)).toEqual(['TOKEN: is not valid']);
    expect(faultsOf({ TOKEN_FILE: file('hunter22\n') }, blabbing)).toEqual(['TOKEN: is not valid']);
  });

  it('is read from a file for marked variables alone', () => {
    expect(parseConfig(schema, { PORT_FILE: file('9090') }).PORT).toBe(8080);
  });
});

describe('redacted', () => {
  it('masks secrets that are set, and leaves the others', () => {
    const config = parseConfig(schema, { JWT_SECRET: 'hunter22', PORT: '81' });
    expect(redacted(schema, config)).toEqual({
      PORT: 81,
      LOG_LEVEL: 'info',
      HELLO_BOT: true,
      JWT_SECRET: '***',
    });
  });

  it.each([
    ['postgres://ada:hunter22@db/chat', 'postgres://ada:***@db/chat'],
    ['postgres://db/chat?user=ada&password=hunter22', 'postgres://db/chat?user=ada&password=***'],
    ['postgres://a:hunter22@one:5432,two:5432/chat', 'postgres://***@one:5432,two:5432/chat'],
    [
      'postgres://one:5432,two:5432/chat?sslpassword=hunter22',
      'postgres://one:5432,two:5432/chat?sslpassword=***',
    ],
    ['redis://:hunter22@cache', 'redis://:***@cache'],
    ['mqtt://127.0.0.1:1883', 'mqtt://127.0.0.1:1883'],
    ['memory:', 'memory:'],
  ])('masks the password inside %s', (url, shown) => {
    expect(redacted(z.object({ URL: z.string() }), { URL: url })).toEqual({ URL: shown });
  });
});
