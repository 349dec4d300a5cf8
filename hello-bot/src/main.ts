import { createMetrics, runService, serveAdmin } from '@carillon/runtime';
import { startBot } from './bot.ts';
import { helloBotConfig } from './config.ts';
import { measureBot } from './metrics.ts';

/** Its posts are not taken. */
class NotHeard extends Error {}

runService('hello-bot', helloBotConfig, async (config, { log, scope }) => {
  const { HELLO_BOT_URL: url, HELLO_BOT_CHANNEL: channel, TOKEN } = config;
  const registry = createMetrics();
  const ready = async () => {
    if (!bot.heard) throw new NotHeard();
  };
  const port = config.ADMIN_PORT;
  const admin = scope.adopt(await serveAdmin({ port, registry, ready, log }), (it) => it.close());
  const bot = scope.adopt(
    startBot({ url, channel, token: TOKEN === undefined ? undefined : () => TOKEN, log }),
    (it) => it.stop(),
  );
  measureBot(bot, registry);
  log.info({ admin: admin.port }, 'started');
});
