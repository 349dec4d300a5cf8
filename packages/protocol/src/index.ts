export * from './channel.ts';
export * from './cursor.ts';
export * from './event.ts';
export * from './frame.ts';
export * from './message.ts';
export * from './problem.ts';
export * from './since.ts';
