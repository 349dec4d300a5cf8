/** A program that follows channels with the SDK, and prints what it is told: `node … sdk-process.ts ORIGIN CHANNEL…`. */
import { Carillon } from '@carillon/client';
import type { Told } from './reader.ts';

const [origin = '', ...channels] = process.argv.slice(2);
const tell = (told: Told) => process.stdout.write(`${JSON.stringify(told)}\n`);

new Carillon({ url: origin }).subscribe(channels, {
  since: 'earliest',
  onMessage: ({ channel, seq, key, body }) =>
    tell({
      what: 'message',
      message: { channel, seq, body, ...(key !== undefined && { key }) },
      at: Date.now(),
    }),
  onReset: (reset) => tell({ what: 'complaint', text: JSON.stringify(reset) }),
  onHole: (hole) => tell({ what: 'complaint', text: `the stream had a hole: ${JSON.stringify(hole)}` }),
  onState: ({ name }) => name === 'reconnecting' && tell({ what: 'cut' }),
});
