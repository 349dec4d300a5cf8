import { channelName } from '@carillon/protocol';
import { logLevel, port, secret, urlOf } from '@carillon/runtime';
import { z } from 'zod';

/** The environment of the bot as a process of its own. */
export const helloBotConfig = z.object({
  HELLO_BOT_URL: urlOf('http:', 'https:').default('http://127.0.0.1:8080').describe('where Carillon is'),
  HELLO_BOT_CHANNEL: channelName.default('hello').describe('the channel it says it in'),
  TOKEN: secret(z.string().min(1).optional()).meta({
    description: 'its bearer token, where not everybody may post',
    unset: 'it is a guest',
  }),
  ADMIN_PORT: port(9084).describe('`/healthz`, `/readyz` (whether its posts are taken) and `/metrics`'),
  LOG_LEVEL: logLevel,
});
