import { openHistory } from '../src/index.ts';

/** The epoch that a store has when it is opened, and closed again. */
export async function epochOf(url: string): Promise<string> {
  const history = await openHistory(url);
  await history.close();
  return history.epoch;
}
