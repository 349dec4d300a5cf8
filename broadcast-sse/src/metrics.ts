import { Counter, Gauge, type Registry } from 'prom-client';
import type { Hub } from './hub.ts';

/** Shows the hub's own numbers to whoever scrapes: the hot path counts, and never touches a metric. */
export function measureHub(hub: Hub, registry: Registry): void {
  const registers = [registry];
  const gauges: [name: string, help: string, read: () => number][] = [
    ['carillon_streams_open', 'Streams open on this node', () => hub.streams],
    ['carillon_channels_open', 'Channels this node keeps a log of', () => hub.channels],
    ['carillon_log_bytes', 'Memory of all channel logs', () => hub.logBytes],
    ['carillon_history_away', '1 while the store cannot be reached', () => (hub.historyAway ? 1 : 0)],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
  const counters: [name: string, help: string, read: () => number][] = [
    ['carillon_deliveries_total', 'Events handed to streams', () => hub.rounds.deliveries],
    ['carillon_delivered_bytes_total', 'Bytes handed to streams', () => hub.rounds.bytes],
    ['carillon_rounds_total', 'Rounds over the subscribers of a channel', () => hub.rounds.rounds],
    [
      'carillon_replay_reads_total',
      'Pages read from the store for readers behind the log',
      () => hub.replay.reads,
    ],
    [
      'carillon_hole_reads_total',
      'Reads from the store for events the bus did not bring',
      () => hub.feed.fills,
    ],
    ['carillon_stalled_readers_total', 'Readers closed because their bytes did not move', () => hub.stalled],
  ];
  for (const [name, help, read] of counters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
  new Counter({
    name: 'carillon_shed_total',
    help: 'Events of who is here and who types that were told late or never, since messages went first',
    labelNames: ['event'],
    registers,
    collect() {
      this.reset();
      for (const [event, count] of Object.entries(hub.shed)) this.inc({ event }, count);
    },
  });
  new Counter({
    name: 'carillon_resets_total',
    help: 'Streams that were told of a loss, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of hub.resets) this.inc({ reason }, count);
    },
  });
}
