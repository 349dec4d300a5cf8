import { channelName } from '@carillon/protocol';
import { logLevel, runService, urlOf } from '@carillon/runtime';
import { z } from 'zod';
import { startBot } from './bot.ts';

const config = z.object({
  /** Where the chat service is. */
  HELLO_BOT_URL: urlOf('http:', 'https:').default('http://127.0.0.1:8080'),
  HELLO_BOT_CHANNEL: channelName.default('hello'),
  LOG_LEVEL: logLevel,
});

runService('hello-bot', config, async ({ HELLO_BOT_URL: url, HELLO_BOT_CHANNEL: channel }, log) => {
  const bot = startBot({ url, channel, log });
  return { close: () => bot.stop() };
});
