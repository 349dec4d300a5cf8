import { HistoryUnavailable } from '@carillon/history';
import { type Admin, type ServiceContext, serveAdmin } from '@carillon/runtime';
import type { Registry } from 'prom-client';

/** When and where the admin port listens. */
export interface AdminOpening {
  /** Every interface where not given. */
  host?: string | undefined;
  /**
   * `at-once`: already while the process waits for the store, so `/healthz` answers an orchestrator meanwhile. `when-ready`: once
   * the process serves. Then a process that cannot start reports the reason, and not that this port is in use.
   */
  opens?: 'at-once' | 'when-ready';
}

/** The admin port of a process that is starting. */
export interface OpenAdmin {
  /**
   * Reports that the process serves from now on. Until then `/readyz` answers 503 HistoryUnavailable: a start waits for the store.
   *
   * @param ready rejects while the process cannot serve
   * @returns the admin port, which listens
   * @throws Error of `listen` if the port is in use and opens only now
   */
  serves(ready: () => Promise<void>): Promise<Admin>;
}

/**
 * Opens the admin port of a process: `/healthz`, `/readyz` and `/metrics`. It closes after everything that opens later, whenever it
 * listens: probes and scrapes go on while the process drains.
 *
 * @throws Error of `listen` if the port is in use
 */
export async function openAdmin(
  { ADMIN_PORT: port }: { ADMIN_PORT: number },
  { log, scope }: Pick<ServiceContext, 'log' | 'scope'>,
  registry: Registry,
  { host, opens = 'at-once' }: AdminOpening = {},
): Promise<OpenAdmin> {
  // Holds the position in the order of closing for a port that listens later.
  const position = scope.use(new AsyncDisposableStack());
  let current = async (): Promise<void> => {
    throw new HistoryUnavailable('waiting for it');
  };
  const listen = async () =>
    position.adopt(
      await serveAdmin({ port, ...(host !== undefined && { host }), registry, ready: () => current(), log }),
      (admin) => admin.close(),
    );
  const listening = opens === 'at-once' ? await listen() : undefined;
  return {
    async serves(ready) {
      current = ready;
      return listening ?? (await listen());
    },
  };
}
