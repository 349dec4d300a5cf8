export * from './admin.ts';
export * from './certificate-authority.ts';
export * from './config.ts';
export * from './fields.ts';
export * from './log.ts';
export * from './metrics.ts';
export * from './service.ts';
export * from './urls-from-parts.ts';
