import { startBroker } from '../src/embedded-broker.ts';

/** Runs the embedded broker as a process, for tests that kill or freeze it. */
const broker = await startBroker({
  port: Number(process.env.BROKER_PORT),
  host: '127.0.0.1',
  secret: process.env.BROKER_SECRET ?? '',
});
process.once('SIGTERM', () => void broker.close());
