import { Counter, type Registry } from 'prom-client';

/** The parts of a request that it is counted by. */
interface Asked {
  readonly method: string;
  /** The route's template, such as `/v1/channels/{channel}`: one of a closed list. */
  readonly route: string;
}

/** The methods that routes have; all others share one label. */
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Registers a counter of responses by method, route and status. Returns a function to call for each response; it costs three look-ups. */
export function measureAnswers(registry: Registry): (asked: Asked, status: number) => void {
  const counts = new Map<string, Map<string, Map<number, number>>>();
  new Counter({
    name: 'carillon_http_requests_total',
    help: 'Requests by method, route and status, which is 0 if the client left before the response; opened streams are not counted',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [route, methods] of counts)
        for (const [method, statuses] of methods)
          for (const [status, count] of statuses) this.inc({ method, route, status }, count);
    },
  });
  return ({ method, route }, status) => {
    const statuses = child(child(counts, route), METHODS.includes(method) ? method : 'other');
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
}

function child<Key, Inner, Value>(map: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}
