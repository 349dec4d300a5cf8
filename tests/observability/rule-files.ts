import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

export const OBSERVABILITY = fileURLToPath(new URL('../../observability/', import.meta.url));

const rule = z.object({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const ruleFile = z.object({
  groups: z.array(z.object({ name: z.string(), interval: z.string().optional(), rules: z.array(rule) })),
});
export type RuleFile = z.output<typeof ruleFile>;
export type Rule = z.output<typeof rule>;

/** The rule files as Prometheus reads them, by name. */
export function ruleFiles(): Record<string, RuleFile> {
  const directory = join(OBSERVABILITY, 'prometheus/rules');
  return Object.fromEntries(
    readdirSync(directory).map((name) => [
      name,
      ruleFile.parse(parse(readFileSync(join(directory, name), 'utf8'))),
    ]),
  );
}

/** Every rule, recording and alerting. */
export function allRules(): Rule[] {
  return Object.values(ruleFiles()).flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

/** The name of what a selector selects. */
export const nameOf = (selector: string): string => selector.replace(/\{.*/, '');
