import { describe } from 'vitest';
import { mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { brokerContract, venueOf } from './broker-contract.ts';
import { busContract } from './contract.ts';

describe.runIf(mosquittoInstalled)('the bus over Mosquitto', () => {
  const start = async () => venueOf(await startMosquitto());
  describe('as any bus', () => busContract(start));
  describe('as its broker comes and goes', () => brokerContract(start));
});
