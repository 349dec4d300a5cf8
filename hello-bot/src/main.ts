import { createMetrics, runService, serveAdmin } from '@carillon/runtime';
import { startBot } from './bot.ts';
import { helloBotConfig } from './config.ts';

/** Its posts are not taken. */
class NotHeard extends Error {}

runService('hello-bot', helloBotConfig, async (config, log) => {
  const bot = startBot({ url: config.HELLO_BOT_URL, channel: config.HELLO_BOT_CHANNEL, log });
  const ready = async () => {
    if (!bot.heard) throw new NotHeard();
  };
  const admin = await serveAdmin({ port: config.ADMIN_PORT, registry: createMetrics(), ready, log });
  log.info({ admin: admin.port }, 'says hello');
  return {
    async close() {
      await bot.stop();
      await admin.close();
    },
  };
});
