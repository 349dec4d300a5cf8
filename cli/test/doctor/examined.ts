import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';

/** What the doctor finds at this address, by name; with `idle` it holds a stream too. */
export async function found(url: string, idle = false): Promise<Map<string, Finding>> {
  const findings = new Map<string, Finding>();
  for await (const finding of examine({ url, channel: 'a-quiet-one', token: undefined, idle }))
    findings.set(finding.name, finding);
  return findings;
}

/** The names of what is wrong. */
export const faults = (findings: Map<string, Finding>) =>
  [...findings.values()].filter(({ status }) => status === 'fault').map(({ name }) => name);
