import type { Language } from './installed.ts';

/** A client that reads Carillon's streams, as docs/clients.md describes it. */
export interface ForeignClient {
  name: string;
  language: Language;
  version: string;
  /** The program of this folder, without its ending; of Java its class. */
  program: string;
  /** After so many seconds without a byte it leaves, by its own default; undefined where it waits for ever. */
  readTimeoutSeconds?: number;
  /** What its streams are asked for with, in seconds, since it leaves before the usual heartbeat comes. */
  heartbeat?: number;
  /** What it needs to lose nothing; undefined where it needs nothing. */
  needs?: string;
  /** What to know of it. */
  cannot?: string;
  /** Its program ends by itself when it is denied. */
  endsAtDenied?: true;
  /** Takes an id at the end of its line: a message that is cut off before the empty line behind it is lost. */
  takesIdEarly?: true;
  /** Delivers a cut event and takes its id, so it comes back further behind and may get a reset. */
  takesWhatWasCut?: true;
  /** Does not read chunks: hands on events without data. */
  readsNoChunks?: true;
}

const OWN_LOOP = 'your own loop with the cursor: it reads one stream and ends';

export const CLIENTS: readonly ForeignClient[] = [
  {
    name: 'eventsource',
    language: 'javascript',
    version: '5.1.5',
    program: 'eventsource',
    readTimeoutSeconds: 300,
    needs: 'something else that keeps the process: its timer does not, and the process ends at a cut, with 0',
  },
  {
    name: 'eventsource',
    language: 'javascript',
    version: '4.1.1',
    program: 'eventsource-4',
    readTimeoutSeconds: 300,
  },
  {
    name: 'eventsource',
    language: 'javascript',
    version: '2.0.2',
    program: 'eventsource-2',
    cannot: 'a cut between the last two bytes of an event loses it: the id is taken with its line',
    takesIdEarly: true,
  },
  {
    name: 'eventsource-client',
    language: 'javascript',
    version: '1.2.0',
    program: 'eventsource-client',
    readTimeoutSeconds: 300,
  },
  {
    name: '@microsoft/fetch-event-source',
    language: 'javascript',
    version: '2.0.1',
    program: 'fetch-event-source',
    endsAtDenied: true,
    readTimeoutSeconds: 300,
    needs: 'on Node a `window` and a `document`',
    cannot: 'a cut between the last two bytes of an event loses it: the id is taken with its line',
    takesIdEarly: true,
  },
  {
    name: 'event-source-polyfill',
    language: 'javascript',
    version: '1.0.31',
    program: 'event-source-polyfill',
    readTimeoutSeconds: 45,
    cannot: 'comes back with `?lastEventId=`, which stands in logs of proxies',
  },
  {
    name: 'launchdarkly-eventsource',
    language: 'javascript',
    version: '2.2.0',
    program: 'launchdarkly-eventsource',
    readTimeoutSeconds: 5,
    heartbeat: 2,
    needs: '`heartbeat=2`; a listener for `error`, without which the first cut ends the process',
  },
  {
    name: 'httpx-sse',
    language: 'python',
    version: '0.4.3',
    program: 'httpx-sse',
    endsAtDenied: true,
    readTimeoutSeconds: 5,
    heartbeat: 2,
    needs: `\`heartbeat=2\`; ${OWN_LOOP}`,
  },
  {
    name: 'sseclient-py',
    language: 'python',
    version: '1.9.0',
    program: 'sseclient-py',
    endsAtDenied: true,
    needs: `${OWN_LOOP}; a \`timeout\`, or it waits for ever for a server that is gone`,
  },
  {
    name: 'requests-sse',
    language: 'python',
    version: '0.5.3',
    program: 'requests-sse',
    needs: 'a `timeout`, or it waits for ever for a server that is gone',
  },
  {
    name: 'launchdarkly-eventsource',
    language: 'python',
    version: '1.7.4',
    program: 'launchdarkly-eventsource',
    needs:
      '`ErrorStrategy.always_continue()`; a `max_delay`: its wait doubles at each cut, and by default has no end',
  },
  {
    name: 'tmaxmax/go-sse',
    language: 'go',
    version: 'v0.12.0',
    program: 'go-sse',
    needs: '`Buffer(nil, 1<<20)`, or it ends for good at an event of more than 64 KiB',
  },
  { name: 'launchdarkly/eventsource', language: 'go', version: 'v1.11.0', program: 'launchdarkly' },
  {
    name: 'donovanhide/eventsource',
    language: 'go',
    version: 'v0.0.0-20210830082556-c59027999da0',
    program: 'donovanhide',
  },
  {
    name: 'r3labs/sse',
    language: 'go',
    version: 'v2.10.0',
    program: 'r3labs',
    endsAtDenied: true,
    needs:
      '`ClientMaxBufferSize(1<<20)` for events over 64 KiB; `StopBackOff` and your own loop: by itself it stays away after 15 minutes',
    cannot: 'hands on what was cut, and its id: drop what is no JSON, expect repeats and `reset`',
    takesWhatWasCut: true,
  },
  {
    name: 'okhttp-sse',
    language: 'java',
    version: '4.12.0',
    program: 'OkhttpSse',
    endsAtDenied: true,
    readTimeoutSeconds: 10,
    heartbeat: 4,
    needs: `\`heartbeat=4\`; ${OWN_LOOP}`,
  },
  {
    name: 'okhttp-eventsource',
    language: 'java',
    version: '4.1.1',
    program: 'OkhttpEventsource',
    readTimeoutSeconds: 5,
    heartbeat: 2,
    needs: '`heartbeat=2`; `ErrorStrategy.alwaysContinue()`',
  },
  { name: 'jersey-media-sse', language: 'java', version: '3.1.9', program: 'Jersey' },
  { name: 'eventsource-client', language: 'rust', version: '0.18.0', program: 'eventsource_client' },
  { name: 'reqwest-eventsource', language: 'rust', version: '0.6.0', program: 'reqwest_eventsource' },
  {
    name: 'sse-client',
    language: 'rust',
    version: '1.1.1',
    program: 'sse_client',
    readTimeoutSeconds: 60,
    cannot: 'reads no chunks: hands on events without data. Take another',
    readsNoChunks: true,
  },
];
