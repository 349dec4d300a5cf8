import { type Level, type Logger, pino, stdTimeFunctions } from 'pino';

/** Structured lines on standard output, JSON. */
export type Log = Logger;

/** The log of one service. What could carry a credential is never written, whoever logs it. */
export function createLog({ service, level }: { service: string; level: Level | 'silent' }): Log {
  return pino({
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.authorization', '*.cookie', 'headers.authorization', 'headers.cookie', 'req.headers'],
  });
}
