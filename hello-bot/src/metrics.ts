import { type createMetrics, registerCountsBy } from '@carillon/runtime';
import type { Bot } from './bot.ts';

/** Registers the metrics of the bot's posts. */
export function measureBot(bot: Pick<Bot, 'posts'>, registry: ReturnType<typeof createMetrics>): void {
  registerCountsBy(
    registry,
    {
      name: 'carillon_hello_posts_total',
      help: 'Posts that hello-bot attempted, by outcome; a failed one is retried',
      label: 'outcome',
    },
    () => bot.posts,
  );
}
