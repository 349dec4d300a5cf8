import type { RuleFile } from './rule-files.ts';

/**
 * The rules with all their times (windows, `for`) so many times shorter, evaluated each second: a fault that has to last for ten
 * minutes is then told of in twenty seconds. Names, thresholds and all else stay, so what fires is the real rule but for its patience;
 * the real times are unit-tested by promtool.
 */
export function scaled(file: RuleFile, factor: number): RuleFile {
  return {
    groups: file.groups.map((group) => ({
      ...group,
      interval: '1s',
      rules: group.rules.map((rule) => ({
        ...rule,
        expr: rule.expr
          .replace(/\[(\w+)\]/g, (_, duration: string) => `[${shorter(duration, factor)}]`)
          .replace(/\boffset (\w+)/g, (_, duration: string) => `offset ${shorter(duration, factor)}`),
        ...(rule.for !== undefined && { for: shorter(rule.for, factor) }),
      })),
    })),
  };
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

function shorter(duration: string, factor: number): string {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  if (count === undefined || unit === undefined) throw new Error(`not a duration of one unit: ${duration}`);
  return `${Math.ceil((Number(count) * SECONDS[unit as keyof typeof SECONDS]) / factor)}s`;
}
