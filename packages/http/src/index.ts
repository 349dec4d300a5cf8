export { clientAddress } from './client-address.ts';
export { answerClientError } from './client-error.ts';
export { closeHttpServer } from './close-server.ts';
export type { HttpApp, HttpEnv } from './http-env.ts';
export { createHttpServer } from './http-server.ts';
export { answerErrors, answerNotFound, type FaultLog, problemResponse } from './problem-response.ts';
export { idsOf, type Request, requestOf, UNMATCHED } from './request.ts';
export { becomesStream, type RequestLog, type Watchers } from './watch.ts';
