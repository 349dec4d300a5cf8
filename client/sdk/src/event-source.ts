/** What the SDK needs of an EventSource. */
export interface EventSourceLike {
  /** 2 once it has given up: the server answered with another status than 200. */
  readonly readyState?: number;
  addEventListener(type: string, listener: (event: Event) => void): void;
  close(): void;
}

export type EventSourceConstructor = new (url: string) => EventSourceLike;
