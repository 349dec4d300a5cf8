export { type ChatApp, type ChatParts, createChatApp } from './app.ts';
export { startRetention } from './retention.ts';
