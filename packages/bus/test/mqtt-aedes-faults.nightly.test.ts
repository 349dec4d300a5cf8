import { describe } from 'vitest';
import { startAedesProcess } from './aedes-process.ts';
import { brokerFaults, venueOf } from './broker-faults.ts';

describe('the bus over the embedded broker, as it comes and goes', () =>
  brokerFaults(async () => venueOf(await startAedesProcess())));
