import { Histogram, type Registry } from 'prom-client';

/** One value of a bucket, and the trace that it belongs to. */
interface Exemplar {
  traceId: string;
  value: number;
  /** When it was observed, ms since 1970. */
  at: number;
}

/**
 * Counts values in buckets where a histogram of prom-client would cost too much: a value takes some additions, however many times it
 * occurred at once. Its numbers are read at each scrape ({@link registerDistribution}).
 */
export class Distribution {
  /** Upper bounds of the buckets, ascending; the last is infinite. */
  readonly bounds: readonly number[];
  /** How many values each bucket has, without those of the buckets below it. */
  readonly counts: number[];
  readonly exemplars: (Exemplar | undefined)[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = [...bounds, Number.POSITIVE_INFINITY];
    this.counts = this.bounds.map(() => 0);
    this.exemplars = this.bounds.map(() => undefined);
  }

  /** Counts a value that occurred `times` times. A negative value counts as 0, because the clocks of two machines differ; NaN is ignored. */
  observe(value: number, times = 1, traceId?: string): void {
    const { bounds, counts } = this;
    if (Number.isNaN(value)) return;
    const taken = Math.max(value, 0);
    let bucket = 0;
    while (taken > (bounds[bucket] as number)) bucket += 1;
    counts[bucket] = (counts[bucket] as number) + times;
    this.sum += taken * times;
    if (traceId !== undefined) this.exemplars[bucket] = { traceId, value: taken, at: Date.now() };
  }
}

/** Registers a distribution as a histogram. Its numbers are read at each scrape. */
export function registerDistribution(
  registry: Registry,
  { name, help }: { name: string; help: string },
  distribution: Distribution,
): void {
  new DistributionHistogram(name, help, registry, distribution);
}

/** prom-client's histogram with the numbers of a {@link Distribution}. */
class DistributionHistogram extends Histogram {
  readonly #head: { name: string; help: string };
  readonly #distribution: Distribution;

  constructor(name: string, help: string, registry: Registry, distribution: Distribution) {
    super({ name, help, buckets: distribution.bounds.slice(0, -1), registers: [registry] });
    this.#head = { name, help };
    this.#distribution = distribution;
  }

  override get() {
    return this.getForPromString();
  }

  /** What prom-client calls to write text. */
  async getForPromString() {
    const { name, help } = this.#head;
    const { bounds, counts, exemplars, sum } = this.#distribution;
    let count = 0;
    const buckets = bounds.map((bound, index) => {
      count += counts[index] as number;
      const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : bound;
      const exemplar = exemplars[index];
      const shown = exemplar && { exemplar: asPromClientHasIt(exemplar) };
      return { metricName: `${name}_bucket`, labels: { le }, value: count, ...shown };
    });
    const values = [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
    // prom-client declares the type as a number, but it is a string.
    return { name, help, type: 'histogram', aggregator: 'sum', values } as unknown as Shown;
  }
}

type Shown = Awaited<ReturnType<Histogram['get']>>;

/** Its time in seconds. */
function asPromClientHasIt({ traceId, value, at }: Exemplar) {
  return { labelSet: { trace_id: traceId }, value, timestamp: at / 1_000 };
}
