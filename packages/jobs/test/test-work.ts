import { type Handlers, startWork, type Work } from '../src/work.ts';

/** A worker of a test, and what it was given to do, in order. */
export interface TestWork {
  work: Work;
  handled: { deliver: string[]; export: string[] };
  /** Warnings that were logged. */
  warned: { fields: object; message: string }[];
}

/** Takes jobs with these handlers, and with some that do nothing for the others. */
export function startTestWork(url: string, handlers: Partial<Handlers>, ca?: string): TestWork {
  const handled: TestWork['handled'] = { deliver: [], export: [] };
  const warned: TestWork['warned'] = [];
  const work = startWork(url, {
    ca,
    log: { warn: (fields, message) => void warned.push({ fields, message }), error: () => {} },
    handlers: {
      async deliver(webhook, signal) {
        handled.deliver.push(webhook);
        await handlers.deliver?.(webhook, signal);
      },
      async export(order, task) {
        handled.export.push(order.id);
        await handlers.export?.(order, task);
      },
      upkeep: handlers.upkeep ?? {},
    },
  });
  return { work, handled, warned };
}
