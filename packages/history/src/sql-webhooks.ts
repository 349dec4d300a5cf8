import { textArray } from './array-parameter.ts';
import type { Database, Row } from './database.ts';
import { webhookOf } from './webhook-row.ts';
import * as sql from './webhook-statements.ts';
import {
  type ClaimedWebhook,
  type NewWebhook,
  type PauseReason,
  TooManyWebhooks,
  type Webhook,
  type WebhookState,
  type Webhooks,
} from './webhooks.ts';

/** The webhooks on PostgreSQL. */
export class SqlWebhooks implements Webhooks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create({ id, channel, url, secret, from }: NewWebhook): Promise<Webhook> {
    const [row] = await this.#database.run(sql.CREATE_WEBHOOK, [id, channel, url, secret, from]);
    if (row === undefined) throw new TooManyWebhooks();
    return webhookOf(row);
  }

  async list(channel: string): Promise<Webhook[]> {
    return (await this.#database.run(sql.LIST_WEBHOOKS, [channel])).map(webhookOf);
  }

  async get(channel: string, id: string): Promise<Webhook | undefined> {
    const [row] = await this.#database.run(sql.GET_WEBHOOK, [channel, id]);
    return row && webhookOf(row);
  }

  async delete(channel: string, id: string): Promise<boolean> {
    return (await this.#database.run(sql.DELETE_WEBHOOK, [channel, id])).length > 0;
  }

  async resume(channel: string, id: string): Promise<Webhook | undefined> {
    const [row] = await this.#database.run(sql.RESUME_WEBHOOK, [channel, id]);
    return row && webhookOf(row);
  }

  async dueOf(channels: readonly string[]): Promise<string[]> {
    if (channels.length === 0) return [];
    return idsOf(await this.#database.run(sql.DUE_WEBHOOKS_OF, [textArray(channels)]));
  }

  async due(after: string, limit: number): Promise<string[]> {
    return idsOf(await this.#database.run(sql.DUE_WEBHOOKS, [after, limit]));
  }

  async counts(): Promise<Record<WebhookState, number>> {
    const [row] = await this.#database.run(sql.COUNT_WEBHOOKS, []);
    return { active: Number(row?.active), paused: Number(row?.paused) };
  }

  async claim(id: string, holder: string, leaseMs: number): Promise<ClaimedWebhook | undefined> {
    const [row] = await this.#database.run(sql.CLAIM_WEBHOOK, [id, holder, leaseMs]);
    return row && { ...webhookOf(row), secret: String(row.secret), failingMs: Number(row.failing_ms) };
  }

  async advance(
    id: string,
    holder: string,
    { from, to, leaseMs }: { from: number; to: number; leaseMs: number },
  ): Promise<boolean> {
    const moved = await this.#database.run(sql.ADVANCE_WEBHOOK, [id, holder, from, to, leaseMs]);
    return moved.length > 0;
  }

  async postpone(id: string, holder: string, failure: { error: string; delayMs: number }): Promise<void> {
    await this.#database.run(sql.POSTPONE_WEBHOOK, [id, holder, failure.error, failure.delayMs]);
  }

  async pause(id: string, holder: string, pause: { error: string; reason: PauseReason }): Promise<void> {
    await this.#database.run(sql.PAUSE_WEBHOOK, [id, holder, pause.error, pause.reason]);
  }

  async release(id: string, holder: string): Promise<void> {
    await this.#database.run(sql.RELEASE_WEBHOOK, [id, holder]);
  }
}

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => String(id));
