import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { OBSERVABILITY, type Rule } from './rule-files.ts';
import { seconds } from './scaled-rules.ts';

const inhibition = z
  .object({ source_matchers: z.array(z.string()), target_matchers: z.array(z.string()) })
  .transform(({ source_matchers, target_matchers }) => ({
    sources: source_matchers,
    targets: target_matchers,
  }));
const configuration = z.object({ inhibit_rules: z.array(inhibition) });

/** What Alertmanager keeps back (`targets`) while another fires (`sources`), as matchers of labels. */
export function inhibitions(): z.output<typeof inhibition>[] {
  const text = readFileSync(join(OBSERVABILITY, 'alertmanager/alertmanager.yml'), 'utf8');
  return configuration.parse(parse(text)).inhibit_rules;
}

/** The rules whose alerts every matcher selects. Throws if a matcher is not `label="text"` or `label=~"a|b"`. */
export function matching(matchers: readonly string[], rules: readonly Rule[]): Rule[] {
  return rules.filter(({ alert, labels }) =>
    matchers.every((matcher) => {
      const [, label = '', values] = /^(\w+)=~?"([\w|]+)"$/.exec(matcher) ?? [];
      if (values === undefined) throw new Error(`not a matcher that this knows: ${matcher}`);
      return values.split('|').includes((label === 'alertname' ? alert : labels?.[label]) ?? '');
    }),
  );
}

/** How long a rule has to hold before its alert is sent. */
export const secondsOf = (rule: Rule): number => (rule.for === undefined ? 0 : seconds(rule.for));
