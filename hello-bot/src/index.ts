export { type Bot, type BotOptions, startBot } from './bot.ts';
export { measureBot } from './metrics.ts';
