export * from './access.ts';
export { DirectoryInUse } from './directory-lock.ts';
export { GroupCommit, HistoryBusy } from './group-commit.ts';
export * from './history.ts';
export { HISTORY_SCHEMES, type HistoryOptions, openHistory } from './open.ts';
export { reachHistory } from './reach.ts';
export * from './reads.ts';
export * from './tickets.ts';
export * from './webhooks.ts';
