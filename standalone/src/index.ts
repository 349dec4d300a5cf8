export { standaloneConfig } from './config.ts';
export { type Standalone, startStandalone } from './standalone.ts';
