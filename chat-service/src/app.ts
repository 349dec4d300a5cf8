import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '@carillon/access';
import { type Auth, createTickets } from '@carillon/auth';
import type { Bus } from '@carillon/bus';
import { ChangeQueue, GroupCommit, type History } from '@carillon/history';
import type { HttpApp, HttpEnv } from '@carillon/http';
import { answerErrors, answerNotFound, type TrustedProxies } from '@carillon/http';
import type { Jobs } from '@carillon/jobs';
import type { Presence } from '@carillon/presence';
import type { Tracing } from '@carillon/protocol';
import type { Log } from '@carillon/runtime';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Registry } from 'prom-client';
import { ChannelsBehind } from './channels-behind.ts';
import { type CheckedParts, listChecks } from './checks/list.ts';
import { createRounds } from './checks/round.ts';
import { startIndexer } from './indexer.ts';
import { knownErrors } from './known-errors.ts';
import { createChatMetrics, showFigures } from './metrics.ts';
import type { Api } from './openapi/route.ts';
import { PostTraces } from './post-traces.ts';
import { createPosting } from './posting.ts';
import { PublishedMarks } from './published-marks.ts';
import { createPublisher } from './publisher.ts';
import { startReadSweep } from './read-sweep.ts';
import { startRelay } from './relay.ts';
import type { RequestLimits } from './request-limits.ts';
import { auditRoutes } from './routes/audit.ts';
import { changeRoutes } from './routes/changes.ts';
import { type AuditEntry, type RecordAudit, settingsRoutes } from './routes/channel-settings.ts';
import { channelRoutes } from './routes/channels.ts';
import { checksRoute } from './routes/checks.ts';
import { docsRoutes } from './routes/docs.ts';
import { exportRoutes } from './routes/exports.ts';
import { memberRoutes } from './routes/members.ts';
import { messageRoutes } from './routes/messages.ts';
import { moderationRoutes } from './routes/moderation.ts';
import { postRoutes } from './routes/posts.ts';
import { presenceRoutes } from './routes/presence.ts';
import { revocationRoutes } from './routes/revocations.ts';
import { searchRoutes } from './routes/search.ts';
import { sessionRoutes } from './routes/session.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { ticketRoutes } from './routes/tickets.ts';
import { webhookRoutes } from './routes/webhooks.ts';

/** How long a stop waits for the marks, ms, of 10 s in all. If the store hangs, they are lost, and the relay publishes those events again. */
const LAST_MARKS_WITHIN_MS = 1_000;

export interface ChatParts {
  history: History;
  bus: Bus;
  presence: Presence;
  /** Identifies callers. */
  auth: Auth;
  /** Decides what callers may do. */
  access: Access;
  /** How much callers may do; `UNLIMITED` for no limits. */
  limits: RequestLimits;
  /** The proxies that are trusted to say a caller's address; if undefined, it is the connection's peer. */
  proxies?: TrustedProxies | undefined;
  /** Undefined if no worker runs: then there are no webhooks and no exports. */
  jobs?: Jobs | undefined;
  /** The admin token that webhooks and exports need; if undefined, they are refused. */
  adminToken?: string | undefined;
  /** Where the worker writes exports. */
  exportDir?: string | undefined;
  checks?: CheckedParts;
  log: Log;
  /** Where this process records traces. */
  tracing?: Tracing | undefined;
  /** The registry of the metrics; at most one chat app for each registry. */
  registry: Registry;
}

/** The REST side of Carillon. */
export interface ChatApp {
  /** Mount it (`app.route('/', chat.app)`) or serve it; it needs `@hono/node-server`. */
  app: HttpApp;
  /** Call it when no request is in progress. Publishes what is committed and writes the marks. The parts it was given stay open. */
  close(): Promise<void>;
}

/** Creates the app with all routes, and starts the relay, the indexer and the sweep of read cursors. */
export function createChatApp(parts: ChatParts): ChatApp {
  const {
    history,
    bus,
    presence,
    auth,
    access,
    limits,
    proxies,
    jobs,
    checks = {},
    adminToken,
    exportDir,
    log,
    tracing,
    registry,
  } = parts;
  const metrics = createChatMetrics(registry);
  const marks = new PublishedMarks();
  const traces = new PostTraces(tracing);
  const behind = new ChannelsBehind();
  const publisher = createPublisher({ bus, marks, behind, traces });
  let committingMs = 0;
  const commits = new GroupCommit(history, (drafts, seconds, which) => {
    metrics.batchSize.observe(drafts);
    metrics.batchSeconds.observe(seconds);
    committingMs += seconds * 1_000;
    traces.committed(which, seconds);
  });
  const changes = new ChangeQueue(history);
  const post = createPosting({
    history,
    commit: (draft) => commits.append(draft),
    publisher,
    traces,
    posts: metrics.posts,
  });
  const relay = startRelay({ history, bus, marks, behind, traces, relayed: metrics.relayed, log });
  showFigures({ commits, relay }, registry);
  const sweep = startReadSweep(history, log);
  const indexer = startIndexer({ history, metrics, committingMs: () => committingMs, log });

  const app: Api = new OpenAPIHono<HttpEnv>();
  const { keyScope } = auth;
  const posting = { post, authenticator: auth, keyScope, proxies, access, limits, metrics };
  postRoutes(app, posting);
  messageRoutes(app, { history, authenticator: auth, access, limits });
  const logAudit = (act: AuditEntry) => log.info(act, 'a moderator acted');
  changeRoutes(app, {
    history,
    change: (draft, of) => changes.change(draft, of),
    publisher,
    authenticator: auth,
    access,
    limits,
    logAudit,
  });
  channelRoutes(app, { history, authenticator: auth, access, limits });
  searchRoutes(app, { search: history.search, authenticator: auth, access, limits });
  const recordAudit: RecordAudit = (act) => {
    logAudit(act);
    return access.refresh();
  };
  const moderating = { store: history.access, authenticator: auth, access, limits, recordAudit };
  settingsRoutes(app, { ...moderating, publisher });
  memberRoutes(app, moderating);
  moderationRoutes(app, moderating);
  revocationRoutes(app, moderating);
  auditRoutes(app, moderating);
  presenceRoutes(app, { presence, authenticator: auth, access, limits });
  sessionRoutes(app, { auth, access, history, limits });
  signInRoutes(app, auth, limits);
  ticketRoutes(app, { tickets: createTickets(history.tickets), authenticator: auth, access, limits });
  webhookRoutes(app, { webhooks: history.webhooks, jobs, adminToken });
  exportRoutes(app, { exportDir, jobs, adminToken });
  const round = createRounds(
    () => listChecks(checks, { history, bus, jobs, post, services: auth.services }),
    log,
  );
  checksRoute(app, { round, proxied: !checks.embedded?.includes('proxy') });
  docsRoutes(app);
  app.onError(answerErrors(log, knownErrors));
  app.notFound(answerNotFound(app));

  return {
    app,
    async close() {
      await publisher.idle();
      await Promise.all([relay.close(), indexer.close(), sweep.close()]);
      const written = marks
        .write(history)
        .catch((error: unknown) => log.warn({ err: error }, 'marks were not written'));
      await Promise.race([written, sleep(LAST_MARKS_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
