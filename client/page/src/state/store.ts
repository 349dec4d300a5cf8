import { useLayoutEffect, useState } from 'preact/hooks';

/** A value that components follow. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  /** Calls `listener` after each change, until the function it gives is called. */
  follow(listener: () => void): () => void;
}

/** A store that begins with `initial`. Setting the same value again (`Object.is`) notifies nobody. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The store's value; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, draw] = useState({});
  const value = store.get();
  useLayoutEffect(() => {
    // It may have changed between drawing and here.
    if (!Object.is(store.get(), value)) draw({});
    return store.follow(() => draw({}));
  }, [store]);
  return value;
}
