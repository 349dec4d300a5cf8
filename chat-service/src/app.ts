import type { Sessions } from '@carillon/auth';
import type { Bus } from '@carillon/bus';
import { GroupCommit, type History } from '@carillon/history';
import type { HttpApp, HttpEnv } from '@carillon/http';
import { answerErrors, answerNotFound } from '@carillon/http';
import type { Log } from '@carillon/runtime';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';
import { knownErrors } from './known-errors.ts';
import { createChatMetrics } from './metrics.ts';
import { createPosting } from './posting.ts';
import { PublishedMarks } from './published-marks.ts';
import { createPublisher } from './publisher.ts';
import { startRelay } from './relay.ts';
import { channelRoutes } from './routes/channels.ts';
import { docsRoutes } from './routes/docs.ts';
import { messageRoutes } from './routes/messages.ts';
import { postRoutes } from './routes/posts.ts';
import { sessionRoutes } from './routes/session.ts';

export interface ChatParts {
  history: History;
  bus: Bus;
  sessions: Sessions;
  log: Log;
  /** Where the metrics are registered; one chat app for each registry. */
  registry: Registry;
}

/** The REST side of Carillon. */
export interface ChatApp {
  /** Mount it (`app.route('/', chat.app)`) or serve it; it needs `@hono/node-server`. */
  app: HttpApp;
  /** Once no request is under way: publishes what is committed, writes the marks. `history` and `bus` stay open. */
  close(): Promise<void>;
}

/** Puts the calls together and starts the relay. */
export function createChatApp({ history, bus, sessions, log, registry }: ChatParts): ChatApp {
  const metrics = createChatMetrics(registry);
  const marks = new PublishedMarks();
  const publisher = createPublisher(bus, marks, metrics.publishFailures);
  const commits = new GroupCommit(history, (drafts, seconds) => {
    metrics.batchSize.observe(drafts);
    metrics.batchSeconds.observe(seconds);
  });
  const post = createPosting({
    history,
    commit: (draft) => commits.append(draft),
    publisher,
    posts: metrics.posts,
  });
  const relay = startRelay({ history, bus, marks, backlog: metrics.relayBacklog, log });

  const app = new Hono<HttpEnv>();
  postRoutes(app, { post, sessions, outcomes: metrics.posts });
  messageRoutes(app, history);
  channelRoutes(app, history);
  sessionRoutes(app, sessions);
  docsRoutes(app);
  app.onError(answerErrors(log, knownErrors));
  app.notFound(answerNotFound(app));

  return {
    app,
    async close() {
      await publisher.idle();
      await relay.close();
      await marks
        .write(history)
        .catch((error: unknown) => log.warn({ err: error }, 'marks were not written'));
    },
  };
}
