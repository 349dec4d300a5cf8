import { channelName } from '@carillon/protocol';
import { createLog, logLevel, parseConfig, runService, urlOf } from '@carillon/runtime';
import { z } from 'zod';
import { startBot } from './bot.ts';

const config = z.object({
  /** Where the chat service is. */
  HELLO_BOT_URL: urlOf('http:', 'https:').default('http://127.0.0.1:8080'),
  HELLO_BOT_CHANNEL: channelName.default('hello'),
  LOG_LEVEL: logLevel,
});

await runService(async (env) => {
  const { HELLO_BOT_URL: url, HELLO_BOT_CHANNEL: channel, LOG_LEVEL: level } = parseConfig(config, env);
  const log = createLog({ service: 'hello-bot', level });
  const bot = startBot({ url, channel, log });
  log.info({ channel }, 'the bot speaks');
  return { close: () => bot.stop() };
});
