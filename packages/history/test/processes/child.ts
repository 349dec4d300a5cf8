import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Report } from './worker.ts';

/** A process of its own that has the store open, or could not open it. */
export interface Child {
  process: ChildProcess;
  /** The next of these reports; rejects with what the process failed with. */
  next<Kind extends Report['kind']>(kind: Kind): Promise<Extract<Report, { kind: Kind }>>;
  /** Takes those that have come already. */
  come<Kind extends Report['kind']>(kind: Kind): Extract<Report, { kind: Kind }>[];
  order(order: Order): void;
  /** Kills it and waits for its end. */
  kill(): Promise<void>;
}

/** Starts a process that opens the store at `url`. */
export function startChild(url: string, wrapper: readonly string[] = []): Child {
  const node = [process.execPath, '--conditions=carillon-source', '--import', 'tsx'];
  const [execPath, ...execArgv] = [...wrapper, ...node] as [string, ...string[]];
  const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [url], { execPath, execArgv });
  const reports: Report[] = [];
  let wake = () => {};
  child.on('message', (report: Report) => {
    reports.push(report);
    wake();
  });
  child.once('exit', (code, signal) => {
    reports.push({ kind: 'failed', name: 'Ended', message: `the process has ended, with ${signal ?? code}` });
    wake();
  });
  return {
    process: child,
    async next(kind) {
      for (;;) {
        const index = reports.findIndex((report) => report.kind === kind || report.kind === 'failed');
        if (index < 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const [report] = reports.splice(index, 1);
        if (report?.kind === kind) return report as Extract<Report, { kind: typeof kind }>;
        throw Object.assign(new Error((report as { message: string }).message), report);
      }
    },
    come(kind) {
      const found = reports.filter((report) => report.kind === kind);
      for (const report of found) reports.splice(reports.indexOf(report), 1);
      return found as Extract<Report, { kind: typeof kind }>[];
    },
    order: (order) => void child.send(order),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}
