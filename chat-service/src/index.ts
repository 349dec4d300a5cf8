// Until standalone takes them from where they live.
export { answerErrors, answerNotFound, createHttpServer, type HttpEnv } from '@carillon/http';
export { type ChatApp, type ChatParts, createChatApp } from './app.ts';
export { retentionConfig, retentionOf } from './config.ts';
export { startRetention } from './retention.ts';
