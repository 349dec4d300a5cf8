import { describe } from 'vitest';
import { mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { openBus } from '../src/index.ts';
import { startAedesProcess } from './aedes-process.ts';
import { type BrokerVenue, brokerContract } from './broker-contract.ts';
import { busContract } from './contract.ts';

describe('the bus over the embedded broker', () => {
  const start = async () => venue(await startAedesProcess());
  describe('as any bus', () => busContract(start));
  describe('as its broker comes and goes', () => brokerContract(start));
});

describe.runIf(mosquittoInstalled)('the bus over Mosquitto', () => {
  const start = async () => venue(await startMosquitto());
  describe('as any bus', () => busContract(start));
  describe('as its broker comes and goes', () => brokerContract(start));
});

function venue(broker: BrokerVenue['broker'] & { url: string }): BrokerVenue {
  return { url: broker.url, broker, open: () => openBus(broker.url), end: () => broker.stop() };
}
