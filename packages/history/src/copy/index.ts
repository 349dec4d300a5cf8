export { backUpSqlite } from '../sqlite/copy.ts';
export type { Copied, CopyProgress } from './copy.ts';
export { copyStore } from './open.ts';
export { CopyRefused } from './tables.ts';
