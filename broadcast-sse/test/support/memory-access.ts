import type { AccessChange, AccessStore } from '@carillon/access';
import { HistoryUnavailable } from '@carillon/history';

type State = {
  visibility?: 'public' | 'private';
  archived?: boolean;
  roles?: [string, 'member' | 'owner'][];
};

/** An access store whose content the test decides. The real store has a suite of its own. */
export class MemoryAccess implements AccessStore {
  away = false;
  readonly #changes: AccessChange[] = [];
  readonly #states = new Map<string, State>();
  readonly #bans = new Map<string, { channel?: string }>();
  readonly #revoked = new Map<string, number>();

  set(channel: string, state: State): void {
    this.#states.set(channel, state);
    this.#changes.push({ channel });
  }

  ban(person: string, channel?: string): void {
    this.#bans.set(person, channel === undefined ? {} : { channel });
    this.#changes.push({ person, ...(channel !== undefined && { channel }) });
  }

  /** Revokes the person's sessions until now. */
  revoke(person: string): void {
    this.#revoked.set(person, Date.now());
    this.#changes.push({ person });
  }

  async changes(version: number) {
    this.#answer();
    const changes = version < 0 ? undefined : this.#changes.slice(version);
    return { version: this.#changes.length, changes };
  }

  async states(channels: readonly string[]) {
    this.#answer();
    const known = channels.flatMap((channel) => {
      const { visibility = 'public', archived = false, roles = [] } = this.#states.get(channel) ?? {};
      return [[channel, { visibility, archived, roles: new Map(roles) }] as const];
    });
    return new Map(known);
  }

  async activeSanctions() {
    this.#answer();
    const held = { reason: '', by: { id: 'admin', name: 'Admin' }, rank: 4, remainingMs: 3_600_000 };
    const until = '2100-01-01T00:00:00.000Z';
    return {
      sanctions: [...this.#bans].map(([person, where]) => ({
        ...held,
        ...where,
        kind: 'ban' as const,
        person,
        until,
      })),
      revocations: [...this.#revoked].map(([person, beforeMs]) => ({
        person,
        beforeMs,
        remainingMs: held.remainingMs,
      })),
    };
  }

  #answer(): void {
    if (this.away) throw new HistoryUnavailable('away');
  }
}
