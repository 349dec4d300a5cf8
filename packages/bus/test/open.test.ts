import { describe, expect, it } from 'vitest';
import { busUrls, openBus } from '../src/index.ts';

const SCHEMES = 'a bus URL starts with one of memory:, mqtt:, mqtts:, kafka:, kafkas:';

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
        'cannot be used as an MQTT URL: it is not mqtt[s]://[user:password@]host[:port][/prefix]',
      'mqtt:secret': 'cannot be used as an MQTT URL: it has no host',
      'mqtt://ada:50%secret@h': 'cannot be used as an MQTT URL: it is not percent-encoded',
      'mqtts://50%secret@h': 'cannot be used as an MQTT URL: it is not percent-encoded',
      'mqtt://ada:secret@h/se/cret': 'cannot be used as an MQTT URL: its prefix is not one',
      'mqtt://h/se%23cret': 'cannot be used as an MQTT URL: its prefix is not one',
      'kafka://ada:secret@': 'cannot be used as a Kafka URL: it is not kafka',
      'kafka://:secret@h': 'it has a password and no user',
      'kafka://ada:%secret@h': 'it is not percent-encoded',
      'kafka://ada:sec@ret@h': 'cannot be used as a Kafka URL: it is not kafka',
      'kafka://one:9092,two:secret': 'one of its hosts is not a name with a port',
      'kafka://[::1]:9092': 'one of its hosts is not a name with a port',
      'kafka://h/se/cret': 'cannot be used as a Kafka URL: it is not kafka',
      'kafka://h/se%20cret': 'its topic is not one',
      'kafka://ada:sec ret@h': 'URL 1 of 2: cannot be used as a Kafka URL: one of its hosts',
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
