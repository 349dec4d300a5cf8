import { type Bus, type BusOptions, joinBuses, openBus } from '@carillon/bus';
import { type Broker, startBroker } from '@carillon/bus/embedded-broker';

/** Where MQTT tools look first. */
const USUAL_PORT = 1883;

/** Only this machine: others are served by the streams. */
const HOST = '127.0.0.1';

/** The bus of one process. */
export interface EmbeddedBus {
  bus: Bus;
  /** Where MQTT tools see what is on it. */
  mqttPort: number;
  close(): Promise<void>;
}

/**
 * Opens a bus within this process, and an MQTT broker that tells others what is on it: on the port that was asked for; where none was,
 * on the usual one or any that is free.
 */
export async function openEmbeddedBus(port: number | undefined, options: BusOptions): Promise<EmbeddedBus> {
  const broker = await startOn(port, options.topicsPrefix);
  // Named by the port: several of these in one process are several buses.
  const bus = joinBuses(await openBus(`memory:${broker.port}`, options), [broker.mirror]);
  return {
    bus,
    mqttPort: broker.port,
    async close() {
      await bus.close();
      await broker.close();
    },
  };
}

async function startOn(port: number | undefined, topicsPrefix: string | undefined): Promise<Broker> {
  const start = (at: number) =>
    startBroker({ port: at, host: HOST, ...(topicsPrefix !== undefined && { topicsPrefix }) });
  if (port !== undefined) return start(port);
  try {
    return await start(USUAL_PORT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return start(0);
  }
}
