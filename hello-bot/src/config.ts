import { channelName } from '@carillon/protocol';
import { logLevel, port, secret, urlOf } from '@carillon/runtime';
import { z } from 'zod';

/** The environment of the bot as a separate process. */
export const helloBotConfig = z.object({
  HELLO_BOT_URL: urlOf('http:', 'https:').default('http://127.0.0.1:8080').describe('the URL of Carillon'),
  HELLO_BOT_CHANNEL: channelName.default('hello').describe('the channel that the bot posts in'),
  TOKEN: secret(z.string().min(1).optional()).meta({
    description: 'the bearer token of the bot, where not everybody may post',
    unset: 'posts as a guest',
  }),
  ADMIN_PORT: port(9084).describe('`/healthz`, `/readyz` (whether its posts are accepted) and `/metrics`'),
  LOG_LEVEL: logLevel,
});
