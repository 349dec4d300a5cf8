import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { lentDatabase, lentMqtt } from '../servers/lent.ts';
import { postgresInstalled, query } from '../servers/postgres.ts';
import { startService } from '../telemetry/service.ts';

const soon = { timeout: 40_000, interval: 50 };

it.skipIf(!postgresInstalled).each(['broadcast-sse', 'chat-service'] as const)(
  '%s is not ready while it cannot read the access rules, and says so',
  async (name) => {
    const url = await lentDatabase();
    const role = `suite_${randomBytes(6).toString('hex')}`;
    await query(url, `create role ${role} login`);
    await query(url, `alter database ${new URL(url).pathname.slice(1)} owner to ${role}`);
    const own = new URL(url);
    own.username = role;
    const service = await startService(name, {
      HISTORY_URL: own.href,
      BUS_URL: await lentMqtt(),
      SESSION_SECRET: 'a secret for the tests',
    });
    const ready = () =>
      fetch(`${service.adminUrl}/readyz`).then(async (answer) =>
        `${answer.status} ${await answer.text()}`.trim(),
      );
    expect(await ready()).toBe('200 ready');
    await query(url, `revoke select on access_changes from ${role}`);
    await expect.poll(ready, soon).toBe('503 DatabaseError');
    expect(service.lines('access rules cannot be updated; the last known rules apply')).toHaveLength(1);
    await query(url, `grant select on access_changes to ${role}`);
    await expect.poll(ready, soon).toBe('200 ready');
    expect(await service.stop()).toBe(0);
  },
  240_000,
);
