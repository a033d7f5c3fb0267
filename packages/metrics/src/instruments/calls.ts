import { type Instrument, count, level } from './instrument.ts'

/** Names of the instruments of calls and loads. */
export type CallInstrument =
  | 'reads'
  | 'read.duration'
  | 'loads'
  | 'load.duration'
  | 'loads.underway'
  | 'loads.queued'
  | 'loads.refused'
  | 'lease.waits'
  | 'fills.refused'
  | 'fills.dropped'
  | 'fills.unstored'
  | 'refresh.errors'
  | 'refresh.dropped'
  | 'lives.extended'
  | 'writes'
  | 'write.duration'

/** What callers ask of a cache, and what its loaders do. */
export const CALLS: Readonly<Record<CallInstrument, Instrument>> = {
  reads: {
    type: 'counter',
    unit: '{read}',
    labels: ['family', 'outcome'],
    help: 'Reads by how they ended, one for each key: hit-l1, hit-l2, stale, grace, loaded, absent, failed',
  },
  'read.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['family', 'outcome'],
    help: 'Time of reads that L1 did not answer at once; a hit in L1 takes none that can be measured',
  },
  loads: {
    type: 'counter',
    unit: '{load}',
    labels: ['family', 'outcome'],
    help: 'Runs of loaders by what became of the value: filled, refused, isolated, unstored, failed, timeout',
  },
  'load.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['family', 'outcome'],
    help: 'Time of loaders',
  },
  'loads.underway': level('Loads under way', '{load}', (s) => s.loads.underway),
  'loads.queued': level(
    'Loads that wait for a place, since loads.maxConcurrent are under way',
    '{load}',
    (s) => s.loads.queued,
  ),
  'loads.refused': count(
    'Loads that were given no place: too many waited, or for too long',
    '{load}',
    (s) => s.loads.refused,
  ),
  'lease.waits': count(
    'Looks at what another instance was loading; several for one long wait',
    '{look}',
    (s) => s.loads.leaseWaits,
  ),
  'fills.refused': count(
    'Values that L2 refused: invalidated while they were loaded',
    '{fill}',
    (s) => s.loads.fillsRefused,
  ),
  'fills.dropped': count(
    'Loaded values that were not sent to L2, since too many were under way: kept in L1 alone',
    '{fill}',
    (s) => s.loads.fillsDropped,
  ),
  'fills.unstored': count(
    'Values that could not be turned into bytes, or into too many',
    '{fill}',
    (s) => s.l2.unstored,
  ),
  'refresh.errors': count(
    'Refreshes in the background that failed',
    '{refresh}',
    (s) => s.loads.refreshErrors,
  ),
  'refresh.dropped': count(
    'Refreshes that were not begun, since too many were under way',
    '{refresh}',
    (s) => s.loads.refreshesDropped,
  ),
  'lives.extended': count('Sliding lives that reads prolonged', '{life}', (s) => s.loads.extended),
  writes: {
    type: 'counter',
    unit: '{call}',
    labels: ['operation', 'receipt'],
    help: 'Calls that change something, by how far the change got: replicated, everywhere, here',
  },
  'write.duration': {
    type: 'histogram',
    unit: 's',
    labels: ['operation'],
    help: 'Time of calls that change something',
  },
}
