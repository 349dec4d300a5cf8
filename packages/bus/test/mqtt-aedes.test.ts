import { describe } from 'vitest';
import { startAedesProcess } from './aedes-process.ts';
import { brokerContract, venueOf } from './broker-contract.ts';
import { busContract } from './contract.ts';

describe('the bus over the embedded broker', () => {
  const start = async () => venueOf(await startAedesProcess());
  describe('as any bus', () => busContract(start));
  describe('as its broker comes and goes', () => brokerContract(start));
});
