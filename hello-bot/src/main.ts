import { createMetrics, runService, serveAdmin } from '@carillon/runtime';
import { startBot } from './bot.ts';
import { helloBotConfig } from './config.ts';
import { measureBot } from './metrics.ts';

/** Its posts are not taken. */
class NotHeard extends Error {}

runService('hello-bot', helloBotConfig, async (config, log) => {
  const { HELLO_BOT_URL: url, HELLO_BOT_CHANNEL: channel, TOKEN } = config;
  const bot = startBot({ url, channel, token: TOKEN === undefined ? undefined : () => TOKEN, log });
  const ready = async () => {
    if (!bot.heard) throw new NotHeard();
  };
  const registry = createMetrics();
  measureBot(bot, registry);
  const admin = await serveAdmin({ port: config.ADMIN_PORT, registry, ready, log });
  log.info({ admin: admin.port }, 'says hello');
  return {
    async close() {
      await bot.stop();
      await admin.close();
    },
  };
});
