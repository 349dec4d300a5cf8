import type { Author } from '@carillon/protocol';
import {
  type AuditLine,
  type ChannelAccess,
  type ChannelSettings,
  type ChannelState,
  MAX_CHANGES_TOLD,
  MAX_MEMBERS,
  MAX_REVOCATIONS,
  MAX_SANCTIONS,
  MAX_SANCTIONS_PER_CHANNEL,
  type Member,
  type NewChannel,
  type NewSanction,
  type Role,
  type Sanction,
  type SanctionKind,
} from './access.ts';
import {
  accessChangeOf,
  differences,
  lineOf,
  memberOf,
  revocationOf,
  sanctionOf,
  settingsOf,
} from './access-row.ts';
import * as sql from './access-statements.ts';
import { textArray } from './array-parameter.ts';
import { appendChange } from './change.ts';
import type { Database, Row, Run } from './database.ts';
import { HistoryBusy } from './history-errors.ts';
import { recordAudit } from './record-audit.ts';
import { CREATE_CHANNELS } from './statements.ts';
import { Turns } from './turns.ts';

/**
 * Waiting changes of a process, including the active one: each takes some milliseconds, so the last one waits for a
 * second.
 */
const MAX_CHANGING = 200;

/** A change that waited longer is not started, ms: its caller has given up. */
const PATIENCE_MS = 5_000;

/** Channel access on PostgreSQL. */
export class SqlAccess implements ChannelAccess {
  readonly #database: Database;
  readonly #turns = new Turns({
    atOnce: 1,
    waiting: MAX_CHANGING - 1,
    patienceMs: PATIENCE_MS,
    refusal: () => new HistoryBusy('too many changes of settings are waiting'),
  });

  constructor(database: Database) {
    this.#database = database;
  }

  create(
    { channel, visibility, topic, members }: NewChannel,
    by: Author,
  ): ReturnType<ChannelAccess['create']> {
    const others = members.filter(({ person }) => person.id !== by.id);
    return this.#change(async (run) => {
      const [known] = await run(sql.CHANNEL_SETTINGS, [channel]);
      if (known !== undefined) return { outcome: 'exists' };
      if (others.length >= MAX_MEMBERS) return { outcome: 'full' };
      await run(CREATE_CHANNELS, [textArray([channel])]);
      const [row] = await run(sql.CREATE_SETTINGS, [channel, visibility, topic, by.id, by.name]);
      for (const { person, role } of [{ person: by, role: 'owner' }, ...others]) {
        await run(sql.PUT_MEMBER, [channel, person.id, person.name, role]);
      }
      // Listed from now on, and readers see its settings.
      const change = await appendChange(run, { type: 'channel', channel, author: by, visibility, topic });
      await run(sql.BUMP_ACCESS, [channel, null]);
      await recordAudit(run, { by, act: 'create', channel, details: { visibility, topic } });
      return { outcome: 'created', settings: settingsOf(row as Row), change };
    });
  }

  async settings(channel: string): Promise<ChannelSettings | undefined> {
    const [row] = await this.#database.run(sql.CHANNEL_SETTINGS, [channel]);
    return row && settingsOf(row);
  }

  configure(
    channel: string,
    given: Partial<Pick<ChannelSettings, 'visibility' | 'topic' | 'archived'>>,
    by: Author,
  ): ReturnType<ChannelAccess['configure']> {
    return this.#change(async (run) => {
      const [row] = await run(sql.CHANNEL_SETTINGS, [channel]);
      if (row === undefined) return { outcome: 'missing' };
      const before = settingsOf(row);
      const changed = differences(before, given);
      if (Object.keys(changed).length === 0) return { outcome: 'unchanged', settings: before };
      const { visibility, topic, archived } = { ...before, ...changed };
      const [after] = await run(sql.WRITE_SETTINGS, [channel, visibility, topic, archived ? 1 : 0]);
      await run(sql.BUMP_ACCESS, [channel, null]);
      await recordAudit(run, { by, act: 'settings', channel, details: changed });
      const change = await appendChange(run, { type: 'channel', channel, author: by, ...changed });
      return { outcome: 'changed', settings: settingsOf(after as Row), change };
    });
  }

  async members(channel: string, after: string, limit: number): Promise<Member[]> {
    return (await this.#database.run(sql.MEMBERS, [channel, after, limit])).map(memberOf);
  }

  setMember(
    channel: string,
    { person, role }: { person: Author; role: Role },
    by: Author,
  ): ReturnType<ChannelAccess['setMember']> {
    return this.#change(async (run) => {
      if ((await run(sql.CHANNEL_SETTINGS, [channel])).length === 0) return { outcome: 'missing' };
      const [row] = await run(sql.MEMBER_OF, [channel, person.id]);
      const known = row && memberOf(row);
      if (known?.role === role && known.person.name === person.name) {
        return { outcome: 'unchanged', member: known };
      }
      if (known === undefined) {
        const [count] = await run(sql.COUNT_MEMBERS, [channel]);
        if (Number(count?.members) >= MAX_MEMBERS) return { outcome: 'full' };
      }
      const [put] = await run(sql.PUT_MEMBER, [channel, person.id, person.name, role]);
      await run(sql.BUMP_ACCESS, [channel, person.id]);
      await recordAudit(run, { by, act: 'member', channel, person: person.id, details: { role } });
      return { outcome: known === undefined ? 'added' : 'changed', member: memberOf(put as Row) };
    });
  }

  removeMember(channel: string, person: string, by: Author): Promise<boolean> {
    return this.#change(async (run) => {
      const [removed] = await run(sql.REMOVE_MEMBER, [channel, person]);
      if (removed === undefined) return false;
      await run(sql.BUMP_ACCESS, [channel, person]);
      await recordAudit(run, { by, act: 'leave', channel, person, details: { role: String(removed.role) } });
      return true;
    });
  }

  sanction({
    kind,
    person,
    channel,
    reason,
    by,
    rank,
    ms,
  }: NewSanction): ReturnType<ChannelAccess['sanction']> {
    return this.#change(async (run) => {
      await run(sql.DROP_OLD_SANCTIONS, []);
      const [known] = await run(sql.SANCTION_OF, [person, channel ?? '', kind]);
      if (known !== undefined && Number(known.rank) > rank) return { outcome: 'outranked' };
      if (known === undefined) {
        const [count] = await run(sql.COUNT_SANCTIONS, [channel ?? '']);
        const hereFull = channel !== undefined && Number(count?.here) >= MAX_SANCTIONS_PER_CHANNEL;
        if (hereFull || Number(count?.sanctions) >= MAX_SANCTIONS) return { outcome: 'full' };
      }
      const [put] = await run(sql.PUT_SANCTION, [
        ...[person, channel ?? '', kind, ms, reason, rank],
        ...[by.id, by.name],
      ]);
      await run(sql.BUMP_ACCESS, [channel ?? null, person]);
      const details = { seconds: Math.round(ms / 1_000), reason };
      await recordAudit(run, { by, act: kind, ...(channel !== undefined && { channel }), person, details });
      return { outcome: 'set', sanction: sanctionOf(put as Row) };
    });
  }

  lift({
    kind,
    person,
    channel,
    by,
    rank,
  }: Pick<Sanction, 'kind' | 'person' | 'channel' | 'by' | 'rank'>): ReturnType<ChannelAccess['lift']> {
    return this.#change(async (run) => {
      const key = [person, channel ?? '', kind];
      const [known] = await run(sql.SANCTION_OF, key);
      if (known === undefined) return 'missing';
      if (Number(known.rank) > rank) return 'outranked';
      await run(sql.LIFT_SANCTION, key);
      await run(sql.BUMP_ACCESS, [channel ?? null, person]);
      const act = `un${kind}` as const;
      await recordAudit(run, { by, act, ...(channel !== undefined && { channel }), person, details: {} });
      return 'lifted';
    });
  }

  async sanctions(
    kind: SanctionKind,
    channel: string | undefined,
    after: string,
    limit: number,
  ): Promise<Sanction[]> {
    const rows = await this.#database.run(sql.SANCTIONS_ON, [channel ?? '', kind, after, limit]);
    return rows.map(sanctionOf);
  }

  revoke(
    { person, session = '', ms }: { person: string; session?: string; ms: number },
    by?: Author,
  ): ReturnType<ChannelAccess['revoke']> {
    return this.#change(async (run) => {
      await run(sql.DROP_OLD_REVOCATIONS, []);
      const [count] = await run(sql.COUNT_REVOCATIONS, [session === '' ? 0 : 1]);
      if (Number(count?.revocations) >= MAX_REVOCATIONS) return { outcome: 'full' };
      const [put] = await run(sql.PUT_REVOCATION, [person, session, ms]);
      await run(sql.BUMP_ACCESS, [null, person]);
      if (by !== undefined) await recordAudit(run, { by, act: 'revoke', person, details: {} });
      return { outcome: 'revoked', beforeMs: Number(put?.before_ms) };
    });
  }

  unrevoke(person: string, by: Author): Promise<boolean> {
    return this.#change(async (run) => {
      if ((await run(sql.LIFT_REVOCATION, [person])).length === 0) return false;
      await run(sql.BUMP_ACCESS, [null, person]);
      await recordAudit(run, { by, act: 'unrevoke', person, details: {} });
      return true;
    });
  }

  async audit(channel: string | undefined, before: number | undefined, limit: number): Promise<AuditLine[]> {
    const page = [before ?? null, limit];
    const rows =
      channel === undefined
        ? await this.#database.run(sql.AUDIT, page)
        : await this.#database.run(sql.AUDIT_OF, [...page, channel]);
    return rows.map(lineOf);
  }

  async changes(version: number): ReturnType<ChannelAccess['changes']> {
    const rows = await this.#database.run(sql.ACCESS_CHANGES, [version]);
    const now = Number(rows[0]?.now ?? 0);
    const listed = rows.filter((row) => row.version !== null);
    if (now === version) return { version, changes: [] };
    // The oldest are deleted; and a store that was restored to an earlier state is a different one.
    if (now < version || Number(listed[0]?.version) !== version + 1)
      return { version: now, changes: undefined };
    const last = listed.length === MAX_CHANGES_TOLD ? Number(listed.at(-1)?.version) : now;
    return { version: last, changes: listed.map(accessChangeOf) };
  }

  async states(channels: readonly string[]): Promise<Map<string, ChannelState>> {
    if (channels.length === 0) return new Map();
    const names = [textArray(channels)];
    const [rows, members] = await Promise.all([
      this.#database.run(sql.CHANNEL_STATES, names),
      this.#database.run(sql.CHANNEL_ROLES, names),
    ]);
    const roles = new Map<string, Map<string, Role>>();
    for (const { name, person_id, role } of members) {
      const known = roles.get(String(name)) ?? new Map<string, Role>();
      roles.set(String(name), known.set(String(person_id), role as Role));
    }
    return new Map(
      rows.map(({ name, visibility, archived_ms }) => {
        const channel = String(name);
        const archived = archived_ms !== null;
        const state = { channel, visibility: visibility as ChannelState['visibility'], archived };
        return [channel, { ...state, roles: roles.get(channel) ?? new Map() }];
      }),
    );
  }

  async activeSanctions(people?: readonly string[]): ReturnType<ChannelAccess['activeSanctions']> {
    const ids = people === undefined ? [] : [textArray(people)];
    const [sanctions, revocations] = await Promise.all([
      this.#database.run(people === undefined ? sql.ALL_SANCTIONS : sql.SANCTIONS_OF, ids),
      this.#database.run(people === undefined ? sql.ALL_REVOCATIONS : sql.REVOCATIONS_OF, ids),
    ]);
    return { sanctions: sanctions.map(sanctionOf), revocations: revocations.map(revocationOf) };
  }

  /**
   * Changes run one after the other, so what a change reads first is still true when it writes. Changes of this process
   * wait here and not at the database lock, where each would hold a connection that posts need.
   */
  #change<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#turns.take(() =>
      this.#database.atomically(async (run) => {
        await run(sql.LOCK_ACCESS, []);
        return work(run);
      }),
    );
  }
}
