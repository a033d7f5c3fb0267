import { type Instrument, count, level } from './instrument.ts'

/** Names of the instruments of the tiers. */
export type TierInstrument =
  | 'l1.entries'
  | 'l1.size'
  | 'l1.removed'
  | 'l2.trip.duration'
  | 'l2.errors'
  | 'l2.frame.errors'
  | 'l2.breaker.open'
  | 'codec.duration'
  | 'codec.size'

/** The tiers: what L1 holds, how L2 answers, and the codecs between values and bytes. */
export const TIERS: Readonly<Record<TierInstrument, Instrument>> = {
  'l1.entries': level('Entries in L1', '{entry}', (s) => s.l1.entries),
  'l1.size': level('Bytes in L1; 0 unless l1.maxBytes is set', 'By', (s) => s.l1.bytes),
  'l1.removed': {
    type: 'counter',
    unit: '{entry}',
    labels: ['reason'],
    help: 'Entries that left L1: entries, bytes (evicted for room), dropped (invalidated), replaced (the end of a ttl shows here)',
  },
  'l2.trip.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['operation', 'outcome'],
    otel: 'db.client.operation.duration',
    help: 'Time of requests to L2, batches counted once: answered, failed',
  },
  'l2.errors': count(
    'Requests to L2 and its connections that failed',
    '{error}',
    (s) => s.l2.errors,
  ),
  'l2.frame.errors': count(
    'Stored bytes that could not be read',
    '{error}',
    (s) => s.l2.frameErrors,
  ),
  'l2.breaker.open': level(
    '1 while the breaker of any shard is open: nothing waits for Redis',
    '1',
    (s) => Number(s.l2.state === 'open'),
  ),
  'codec.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['family', 'operation', 'outcome'],
    help: 'Time to turn values into bytes and back: encode, decode',
  },
  'codec.size': {
    type: 'histogram',
    unit: 'By',
    labels: ['family', 'operation'],
    help: 'Bytes of values as they are stored',
  },
}
