import { execFileSync } from 'node:child_process';

/** A command that is tried out takes no time. */
const WITHIN_MS = 20_000;

/** Whether this command works here. Where it does not, the suite is skipped and says so; with `CI=true` it fails. */
export function permitted(what: string, command: readonly string[]): boolean {
  const [file = '', ...args] = command;
  try {
    execFileSync(file, args, { stdio: 'ignore', timeout: WITHIN_MS });
    return true;
  } catch {
    const reason = `${what} does not work here: it is not installed, or not permitted without root`;
    if (process.env.CI === 'true') throw new Error(reason);
    console.log(`skipped: ${reason}`);
    return false;
  }
}
