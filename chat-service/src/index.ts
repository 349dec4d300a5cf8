export { type ChatApp, type ChatParts, createChatApp } from './app.ts';
export { answerClientError } from './client-error.ts';
export { retentionConfig, retentionOf } from './config.ts';
export type { ChatHono, HttpEnv } from './http-env.ts';
export { createHttpServer } from './http-server.ts';
export { answerErrors, answerNotFound, problemResponse } from './problem-response.ts';
export { startRetention } from './retention.ts';
