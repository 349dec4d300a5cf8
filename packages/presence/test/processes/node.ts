/** A node of its own process, to be killed: `node.ts URL CHANNEL ID` has one person on a channel. */
import { openPresence } from '../../src/open.ts';

const [url = '', channel = '', id = ''] = process.argv.slice(2);
const presence = openPresence(url);
presence.join(channel, { id, name: id });
presence.join(channel, undefined);
setInterval(() => {}, 60_000);
