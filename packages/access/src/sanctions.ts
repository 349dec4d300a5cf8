import type { Identity } from '@carillon/protocol';
import type { AccessStore, Revocation, Sanction } from './access-store.ts';

/** When an entry ends, ms on this process's clock: the store's clock may differ. */
type Lasting<T> = T & { readonly endsAt: number };

interface Person {
  readonly sanctions: readonly Lasting<Sanction>[];
  readonly revocations: readonly Lasting<Revocation>[];
}

/**
 * The active mutes, bans and revocations, all in memory. Most people have none, so one map lookup decides. The store
 * limits their number.
 */
export class Sanctions {
  readonly #store: AccessStore;
  #people = new Map<string, Person>();

  constructor(store: AccessStore) {
    this.#store = store;
  }

  /** Reloads everything, or the entries of the given people. */
  async load(people?: readonly string[]): Promise<void> {
    const { sanctions, revocations } = await this.#store.activeSanctions(people);
    const now = performance.now();
    const read = new Map<string, { sanctions: Lasting<Sanction>[]; revocations: Lasting<Revocation>[] }>();
    const of = (person: string) => {
      const known = read.get(person) ?? { sanctions: [], revocations: [] };
      read.set(person, known);
      return known;
    };
    for (const one of sanctions) of(one.person).sanctions.push({ ...one, endsAt: now + one.remainingMs });
    for (const one of revocations) of(one.person).revocations.push({ ...one, endsAt: now + one.remainingMs });
    if (people === undefined) {
      this.#people = read;
      return;
    }
    for (const person of people) {
      const known = read.get(person);
      if (known === undefined) this.#people.delete(person);
      else this.#people.set(person, known);
    }
  }

  /**
   * Whether the session or token was ended early. Without an issue time it counts as issued before every revocation.
   */
  revoked({ author, session, issuedAt = 0 }: Identity): boolean {
    const revocations = this.#people.get(author.id)?.revocations;
    if (revocations === undefined || revocations.length === 0) return false;
    const now = performance.now();
    return revocations.some(
      (one) =>
        one.endsAt > now && (one.session === undefined ? issuedAt <= one.beforeMs : one.session === session),
    );
  }

  /**
   * The person's active mute or ban on a channel (`undefined`: everywhere), made by somebody of at least the given
   * rank.
   */
  sanction(
    person: string,
    kind: Sanction['kind'],
    channel: string | undefined,
    rank: number,
  ): Sanction | undefined {
    const sanctions = this.#people.get(person)?.sanctions;
    if (sanctions === undefined || sanctions.length === 0) return undefined;
    const now = performance.now();
    return sanctions.find(
      (one) => one.kind === kind && one.channel === channel && one.rank >= rank && one.endsAt > now,
    );
  }
}
