import type { Auth } from '@carillon/auth';
import type { Parts } from '@carillon/composition';
import type { ServiceContext } from '@carillon/runtime';
import { type ChatApp, createChatApp } from './app.ts';
import type { CheckedParts } from './checks/list.ts';
import type { PostLimitConfig } from './config.ts';
import { createRequestLimits } from './request-limits.ts';

/** The variables of the REST API, in chat-service and standalone. */
export interface ChatVariables extends PostLimitConfig {
  ADMIN_TOKEN?: string | undefined;
  EXPORT_DIR?: string | undefined;
}

/**
 * Starts the REST API in a process, and records it in the scope.
 *
 * @param own `auth` identifies callers; `checks` adds to what `/checks` tests
 */
export function openChat(
  config: ChatVariables,
  { log, scope }: ServiceContext,
  parts: Parts,
  { auth, checks }: { auth: Auth; checks: Omit<CheckedParts, 'redis'> },
): ChatApp {
  const chat = createChatApp({
    ...parts,
    auth,
    limits: createRequestLimits(parts.limits, config, parts.proxies),
    checks: { ...checks, redis: parts.redis },
    adminToken: config.ADMIN_TOKEN,
    exportDir: config.EXPORT_DIR,
    log,
  });
  return scope.adopt(chat, () => chat.close());
}
