import type { BusOptions } from '../src/index.ts';

/** What a bus told while it was open. */
export interface Told {
  options: Required<Pick<BusOptions, 'log' | 'passedOver'>>;
  lines: { level: 'info' | 'warn'; fields: Record<string, unknown>; message: string }[];
  /** How many records were passed over, by the reason. */
  passedOver: Record<string, number>;
}

/** Options for a bus that keep what it logs and counts. */
export function listening(): Told {
  const lines: Told['lines'] = [];
  const passedOver: Told['passedOver'] = {};
  const line = (level: 'info' | 'warn') => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, fields, message });
  return {
    lines,
    passedOver,
    options: {
      log: { info: line('info'), warn: line('warn') },
      passedOver: () => (reason, count) => {
        passedOver[reason] = (passedOver[reason] ?? 0) + count;
      },
    },
  };
}
