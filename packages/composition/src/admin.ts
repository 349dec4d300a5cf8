import { HistoryUnavailable } from '@carillon/history';
import { type Admin, type ServiceContext, serveAdmin } from '@carillon/runtime';
import type { Registry } from 'prom-client';

/** When and where the admin port listens. */
export interface AdminOpening {
  /** Every interface where not given. */
  host?: string | undefined;
  /**
   * `at-once`: also while the store is waited for, for an orchestrator that asks `/healthz` meanwhile. `when-ready`: only once the
   * process serves, so that a process that cannot start says why, and not that the port is taken.
   */
  opens?: 'at-once' | 'when-ready';
}

/** The admin port of a process that has not said yet that it serves. */
export interface OpenAdmin {
  /**
   * Says that the process serves from now on. Until then `/readyz` answers 503 HistoryUnavailable, for what a start waits for is the
   * store.
   *
   * @param ready rejects where the process cannot serve now
   * @returns the admin port, which listens
   */
  serves(ready: () => Promise<void>): Promise<Admin>;
}

/**
 * Opens the admin port of a process: `/healthz`, `/readyz` and `/metrics`. It is the last to close, whenever it opens: it
 * is asked while a process drains.
 *
 * @throws where the port cannot be had
 */
export async function openAdmin(
  { ADMIN_PORT: port }: { ADMIN_PORT: number },
  { log, scope }: Pick<ServiceContext, 'log' | 'scope'>,
  registry: Registry,
  { host, opens = 'at-once' }: AdminOpening = {},
): Promise<OpenAdmin> {
  // Its place in the order of closing, for a port that opens later.
  const place = scope.use(new AsyncDisposableStack());
  let current = async (): Promise<void> => {
    throw new HistoryUnavailable('it is waited for');
  };
  const listen = async () =>
    place.adopt(
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
