import { type Bus, type BusOptions, joinBuses, openBus } from '@carillon/bus';
import { type Broker, startBroker } from '@carillon/bus/embedded-broker';

/** The default port of MQTT tools. */
const USUAL_PORT = 1883;

/** Only this machine: other machines use the streams. */
const HOST = '127.0.0.1';

/** The bus of one process. */
export interface EmbeddedBus {
  bus: Bus;
  /** The port on which MQTT tools can read its messages. */
  mqttPort: number;
  close(): Promise<void>;
}

/**
 * Opens a bus within this process, and an MQTT broker on which other programs can read its messages: on `port`; if undefined, on 1883, or
 * on any free port if 1883 is in use.
 *
 * @throws Error of `listen` if `port` is given and in use
 */
export async function openEmbeddedBus(port: number | undefined, options: BusOptions): Promise<EmbeddedBus> {
  const broker = await startOn(port, options.topicsPrefix);
  // The port in the name keeps several of these in one process apart.
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
