import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';

/** What the doctor finds at this address, by name; with `idle` it holds a stream too, and waits for what is late. */
export async function found(url: string, idle = false): Promise<Map<string, Finding>> {
  const findings = new Map<string, Finding>();
  // A channel of its own: others who are examined at the same time would be counted.
  const channel = `quiet-${Math.random().toString(36).slice(2)}`;
  const target = { origin: url, channel, token: undefined };
  for await (const finding of examine(target, { quick: !idle })) findings.set(finding.name, finding);
  return findings;
}

/** The names of what is wrong. */
export const faults = (findings: Map<string, Finding>) =>
  [...findings.values()].filter(({ status }) => status === 'fault').map(({ name }) => name);
