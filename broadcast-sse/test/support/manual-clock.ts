import type { Clock } from '../../src/clock.ts';

/** A clock that a test drives: nothing happens by itself. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  #soon: (() => void)[] = [];
  #later: { at: number; work: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  soon(work: () => void): void {
    this.#soon.push(work);
  }

  later(ms: number, work: () => void): void {
    this.#later.push({ at: this.#now + ms, work });
  }

  /** Runs the work of a turn of the loop. Returns how many functions that were. */
  turn(): number {
    const due = this.#soon;
    this.#soon = [];
    for (const work of due) work();
    return due.length;
  }

  /** Runs turns, and lets promises resolve between them, until nothing is left to do. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 10_000; turns++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.turn() === 0) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.#soon.length === 0) return;
      }
    }
    throw new Error('the engine does not come to rest');
  }

  async pass(ms: number): Promise<void> {
    this.move(ms);
    await this.settle();
  }

  /** Lets time pass without letting the engine finish its work. */
  move(ms: number): void {
    this.#now += ms;
    const due = this.#later.filter(({ at }) => at <= this.#now);
    this.#later = this.#later.filter(({ at }) => at > this.#now);
    for (const { work } of due) work();
  }
}
