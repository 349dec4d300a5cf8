import { describe } from 'vitest';
import { mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { brokerFaults, venueOf } from './broker-faults.ts';

describe.runIf(mosquittoInstalled)('the bus over Mosquitto, as it comes and goes', () =>
  brokerFaults(async () => venueOf(await startMosquitto())),
);
