import { type Call, request, type Wire } from './request.ts';

/** Calls of the REST API. All reject with a CarillonError when they failed for good, and with the signal's reason when aborted. */
export interface Rest {
  /** Gives the answer's JSON. It is tried for {@link RETRY_MS}, unless `call` says otherwise. */
  call<T>(method: Call['method'] & string, path: string, call: Partial<Call>): Promise<T>;
  get<T>(path: string, query: Query, signal: AbortSignal | undefined): Promise<T>;
  /**
   * Gives a page of a list. The server gives `next` as a path; callers get what to hand back, which is its parameter `name`, read by
   * `as`; undefined on the last page.
   */
  list<T extends { next?: N | undefined }, N>(
    path: string,
    query: Query,
    name: string,
    as: (text: string) => N,
    signal: AbortSignal | undefined,
  ): Promise<T>;
}

/** Parameters of an address; those that are undefined are left out, and an array is repeated. */
export type Query = Record<string, string | number | undefined | readonly string[]>;

/** What may be done twice can simply be asked for again. */
const RETRY_MS = 15_000;

/** The calls by way of `wire`. */
export function createRest(wire: Wire): Rest {
  const call: Rest['call'] = (method, path, options) =>
    request(wire, path, { method, retryForMs: RETRY_MS, ...options });
  const get: Rest['get'] = (path, query, signal) => call('GET', path + searchOf(query), { signal });
  return {
    call,
    get,
    async list<T extends { next?: N | undefined }, N>(
      path: string,
      query: Query,
      name: string,
      as: (text: string) => N,
      signal: AbortSignal | undefined,
    ): Promise<T> {
      const answer = await get<T & { next?: unknown }>(path, query, signal);
      const next = new URLSearchParams(String(answer.next).split('?')[1]).get(name);
      return { ...answer, next: next === null ? undefined : as(next) };
    },
  };
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) search.append(name, String(each));
  return search.size > 0 ? `?${search}` : '';
}
