export { type ChatApp, type ChatParts, createChatApp } from './app.ts';
export { retentionConfig, retentionOf } from './config.ts';
export { startRetention } from './retention.ts';
