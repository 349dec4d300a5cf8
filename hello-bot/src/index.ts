export { type Bot, type BotOptions, startBot } from './bot.ts';
