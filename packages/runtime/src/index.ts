export { type Admin, serveAdmin } from './admin.ts';
export {
  ConfigError,
  type Environment,
  logLevel,
  onOff,
  parseConfig,
  port,
  redacted,
  secret,
  urlOf,
} from './config.ts';
export { createLog, type Log } from './log.ts';
export { createMetrics } from './metrics.ts';
export { runService, type Service } from './service.ts';
