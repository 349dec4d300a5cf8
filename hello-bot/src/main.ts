import { runService } from '@carillon/runtime';
import { startBot } from './bot.ts';
import { helloBotConfig } from './config.ts';

runService('hello-bot', helloBotConfig, async ({ HELLO_BOT_URL: url, HELLO_BOT_CHANNEL: channel }, log) => {
  const bot = startBot({ url, channel, log });
  return { close: () => bot.stop() };
});
