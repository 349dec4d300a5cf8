import { type Broker, startBroker } from '@carillon/bus/embedded-broker';

/** Where MQTT tools look first. */
const USUAL_PORT = 1883;

/** Only this machine: others are served by the streams. */
const HOST = '127.0.0.1';

/** The embedded broker, on the port that was asked for; where none was, on the usual one or any that is free. */
export async function startEmbeddedBroker(port: number | undefined): Promise<Broker> {
  if (port !== undefined) return startBroker({ port, host: HOST });
  try {
    return await startBroker({ port: USUAL_PORT, host: HOST });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return startBroker({ port: 0, host: HOST });
  }
}
