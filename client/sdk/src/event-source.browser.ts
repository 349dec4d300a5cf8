import type { EventSourceConstructor } from './event-source.ts';

/** The browser's own. */
export const EventSource: EventSourceConstructor = globalThis.EventSource;
