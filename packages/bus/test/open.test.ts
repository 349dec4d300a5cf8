import { describe, expect, it } from 'vitest';
import { busUrls, openBus } from '../src/index.ts';

const SCHEMES = 'a bus URL must start with one of memory:, mqtt:, mqtts:, kafka:, kafkas:';

describe('opening a bus', () => {
  it('takes one URL or several, with a user, several hosts, a prefix and a topic', () => {
    const urls = ' mqtts://ada:p%40ss@broker:8883/a.prefix\n\tkafkas://ada:p%40ss@one:9093,two/a.topic ';
    expect(busUrls.parse(urls)).toBe(urls);
    expect(busUrls.parse('memory:')).toBe('memory:');
  });

  it('says what is wrong with which URL, without repeating it: a URL holds a password', async () => {
    const faults = {
      '': SCHEMES,
      ' \n': SCHEMES,
      lobby: SCHEMES,
      mqtt: SCHEMES,
      ':': SCHEMES,
      'http://ada:secret@127.0.0.1': SCHEMES,
      'memory: amqp://:secret@h': `URL 2 of 2: ${SCHEMES}`,
      'mqtt://:secret@:x':
        'not a valid MQTT URL: it must have the form mqtt[s]://[user:password@]host[:port][/prefix]',
      'mqtt:secret': 'not a valid MQTT URL: it has no host',
      'mqtt://ada:50%secret@h': 'not a valid MQTT URL: it is not percent-encoded correctly',
      'mqtts://50%secret@h': 'not a valid MQTT URL: it is not percent-encoded correctly',
      'mqtt://ada:secret@h/se/cret': 'not a valid MQTT URL: the prefix is not valid',
      'mqtt://h/se%23cret': 'not a valid MQTT URL: the prefix is not valid',
      'kafka://ada:secret@': 'not a valid Kafka URL: it must have the form kafka',
      'kafka://:secret@h': 'it has a password but no user',
      'kafka://ada:%secret@h': 'it is not percent-encoded correctly',
      'kafka://ada:sec@ret@h': 'not a valid Kafka URL: it must have the form kafka',
      'kafka://one:9092,two:secret': 'each host must be a name, or a name with a port',
      'kafka://[::1]:9092': 'each host must be a name, or a name with a port',
      'kafka://h/se/cret': 'not a valid Kafka URL: it must have the form kafka',
      'kafka://h/se%20cret': 'the topic name is not valid',
      'kafka://ada:sec ret@h': 'URL 1 of 2: not a valid Kafka URL: each host',
    };
    for (const [urls, fault] of Object.entries(faults)) {
      const error = await openBus(urls).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain(fault);
      expect(String(error)).not.toMatch(/secret|sec|ret/);
      expect(busUrls.safeParse(urls).error?.issues[0]?.message).toContain(fault);
    }
  });
});
