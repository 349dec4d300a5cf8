export { type ChatApp, type ChatParts, createChatApp } from './app.ts';
export type { CheckedParts } from './checks/list.ts';
export { startRetention } from './retention.ts';
