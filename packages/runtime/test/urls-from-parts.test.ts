import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  busUrl,
  ConfigError,
  type Environment,
  historyUrl,
  parseConfig,
  redacted,
  redisUrl,
  secret,
  urlOf,
} from '../src/index.ts';

const schema = z.object({
  HISTORY_URL: historyUrl(secret(urlOf('postgres:', 'sqlite:'))).describe('the store'),
  BUS_URL: busUrl(secret(urlOf('mqtt:', 'kafka:').optional())),
  PRESENCE_URL: redisUrl(secret(urlOf('redis:', 'memory:').default('memory:'))),
  JOBS_URL: redisUrl(secret(urlOf('redis:').optional())),
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'carillon-parts-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function faultsOf(environment: Environment): readonly string[] {
  try {
    parseConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('a URL that is unset', () => {
  it('is made from its parts, with the usual ports and names', () => {
    const environment = { DATABASE_HOST: 'db', REDIS_HOST: 'cache', KAFKA_HOST: 'kafka-1' };
    expect(parseConfig(schema, environment)).toEqual({
      HISTORY_URL: 'postgres://carillon@db:5432/carillon',
      BUS_URL: 'kafka://kafka-1:9092',
      PRESENCE_URL: 'redis://cache:6379',
      JOBS_URL: 'redis://cache:6379',
    });
  });

  it('keeps whatever a password, a user and a database are named', () => {
    const strange = 'p@ss:w/örd?#%&\n ';
    const { HISTORY_URL, PRESENCE_URL } = parseConfig(schema, {
      DATABASE_HOST: '[::1]',
      DATABASE_PORT: '6432',
      POSTGRES_USER: strange,
      POSTGRES_PASSWORD: strange,
      POSTGRES_DB: strange,
      REDIS_HOST: '10.0.0.1',
      REDIS_PASSWORD: strange,
    });
    const store = new URL(HISTORY_URL);
    expect(store.host).toBe('[::1]:6432');
    for (const part of [store.username, store.password, store.pathname.slice(1)])
      expect(decodeURIComponent(part)).toBe(strange);
    expect(store.search).toBe('');
    expect(decodeURIComponent(new URL(PRESENCE_URL).password)).toBe(strange);
  });

  it('takes a password from a file, and is printed as the secret it is', () => {
    const path = join(directory, 'password');
    writeFileSync(path, 'hunter22\n');
    const config = parseConfig(schema, {
      DATABASE_HOST: 'db',
      POSTGRES_PASSWORD_FILE: path,
      REDIS_HOST: 'cache',
      REDIS_PASSWORD_FILE: path,
    });
    expect(config.HISTORY_URL).toBe('postgres://carillon:hunter22@db:5432/carillon');
    expect(config.JOBS_URL).toBe('redis://:hunter22@cache:6379');
    expect(JSON.stringify(redacted(schema, config))).not.toContain('hunter22');
  });

  it('has its default, or is missing by name, where its host is unset too', () => {
    expect(parseConfig(schema, { HISTORY_URL: 'sqlite:d', POSTGRES_PASSWORD: 'x' })).toEqual({
      HISTORY_URL: 'sqlite:d',
      PRESENCE_URL: 'memory:',
    });
    expect(faultsOf({ POSTGRES_PASSWORD: 'x' })).toEqual(['HISTORY_URL: is not set, nor is DATABASE_HOST']);
  });

  it('tells what is wrong with its parts, each once, without the password', () => {
    const faults = faultsOf({
      DATABASE_HOST: 'db/other?',
      DATABASE_PORT: '70000',
      POSTGRES_PASSWORD_FILE: join(directory, 'none'),
      REDIS_HOST: 'u:hunter22@cache',
    });
    expect(faults).toEqual([
      'POSTGRES_PASSWORD_FILE: the file cannot be read (ENOENT)',
      'DATABASE_HOST: must be a host: a name or an address, IPv6 in brackets',
      'DATABASE_PORT: must be a port, 0 to 65535',
      'REDIS_HOST: must be a host: a name or an address, IPv6 in brackets',
    ]);
  });
});

describe('a URL that is set', () => {
  it('goes before its parts, which are not even looked at', () => {
    const environment = { HISTORY_URL: 'sqlite:data', DATABASE_HOST: 'not/a/host', DATABASE_PORT: 'x' };
    expect(parseConfig(schema, environment).HISTORY_URL).toBe('sqlite:data');
  });
});
