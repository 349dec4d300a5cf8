import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP has it, by what a test asks for. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A real receiver of OTLP over HTTP, which keeps what it was sent. */
export interface Collector {
  readonly url: string;
  /** What was read of the JSON it was sent. */
  readonly spans: CollectedSpan[];
  /** Of each request: its type, its headers and all of its body. */
  readonly received: { type: string | undefined; headers: string; body: Buffer }[];
  spansOf(traceId: string): CollectedSpan[];
  close(): Promise<void>;
}

const STATUS_ERROR = 2;

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const received: Collector['received'] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      const type = request.headers['content-type'];
      received.push({ type, headers: request.rawHeaders.join('\n'), body });
      if (request.url === '/v1/traces' && type === 'application/json') spans.push(...readSpans(body));
      response.writeHead(200, { 'Content-Type': type }).end(type === 'application/json' ? '{}' : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received,
    spansOf: (traceId) => spans.filter((span) => span.traceId === traceId),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface OtlpAttribute {
  key: string;
  value: Record<string, unknown>;
}

interface OtlpTraces {
  resourceSpans: {
    resource: { attributes: OtlpAttribute[] };
    scopeSpans: {
      spans: {
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        status: { code?: number };
        attributes: OtlpAttribute[];
      }[];
    }[];
  }[];
}

function readSpans(body: Buffer): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as OtlpTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        service,
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId || undefined,
        start: BigInt(span.startTimeUnixNano),
        end: BigInt(span.endTimeUnixNano),
        failed: span.status.code === STATUS_ERROR,
        attributes: valuesOf(span.attributes),
      }));
  });
}

function valuesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
