export { type ChatApp, type ChatParts, createChatApp } from './app.ts';
export type { CheckedParts } from './checks/list.ts';
export { channelConfig, postLimitConfig } from './config.ts';
export { openChat } from './open.ts';
export { createRequestLimits, UNLIMITED } from './request-limits.ts';
export { startRetention } from './retention.ts';
