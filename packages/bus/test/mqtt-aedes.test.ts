import { describe } from 'vitest';
import { startBroker } from '../src/embedded-broker.ts';
import { busContract } from './contract.ts';
import { dropsUnreadable, mqttVenue } from './unreadable.ts';

describe('the bus over the embedded broker', () => {
  const start = async () => {
    const broker = await startBroker({ port: 0, host: '127.0.0.1' });
    return mqttVenue(broker.url, { end: () => broker.close() });
  };
  describe('as any bus', () => busContract(start));
  describe('that others write to', () => dropsUnreadable(start));
});
