import type { RuleFile } from './rule-files.ts';

/** Three starts of a process, each seen, have to fit on a busy machine. */
const SHORTEST_OF_CHANGES_S = 120;

/**
 * The rules with all their times (windows, `for`, a process's age) so many times shorter, evaluated each second: a fault that has
 * to last for ten minutes is then told of in twenty seconds. Names, thresholds and all else stay, so what fires is the real rule but
 * for its patience; the real times are unit-tested by promtool.
 */
export function scaled(file: RuleFile, factor: number): RuleFile {
  return {
    groups: file.groups.map((group) => ({
      ...group,
      interval: '1s',
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: rule.expr
          .replace(/(?<=\btime\(\) - \w+ < )\d+/g, (age) => `${Math.ceil(Number(age) / factor)}`)
          .replace(/(\bchanges\([^[]*)?\[(\w+)\]/g, (_, changes: string | undefined, duration: string) => {
            const least = changes === undefined ? 0 : SHORTEST_OF_CHANGES_S;
            return `${changes ?? ''}[${Math.max(least, shorter(duration, factor))}s]`;
          })
          .replace(/\boffset (\w+)/g, (_, duration: string) => `offset ${shorter(duration, factor)}s`),
        ...(rule.for !== undefined && { for: `${shorter(rule.for, factor)}s` }),
      })),
    })),
  };
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

const shorter = (duration: string, factor: number) => Math.ceil(seconds(duration) / factor);

/** A duration as the rules have them, `10m`. Throws where it has more than one unit. */
export function seconds(duration: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  if (count === undefined || unit === undefined) throw new Error(`not a duration of one unit: ${duration}`);
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
