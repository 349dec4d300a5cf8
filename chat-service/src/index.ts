export { type ChatApp, type ChatParts, createChatApp } from './app.ts';
export type { CheckedParts } from './checks/list.ts';
export { channelConfig, postLimitConfig } from './config.ts';
export { limitCalls, limitChannels, limitPosts, limitReads } from './post-limit.ts';
export { startRetention } from './retention.ts';
