export { busToRead, workerConfig } from './config.ts';
export { startWorker, type Worker, type WorkerParts } from './worker.ts';
