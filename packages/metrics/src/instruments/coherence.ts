import { type Instrument, count, level } from './instrument.ts'

/** Names of the instruments of coherence. */
export type CoherenceInstrument =
  | 'invalidations'
  | 'invalidation.lag'
  | 'bus.subscribed'
  | 'bus.messages'
  | 'bus.gaps'
  | 'bus.reconnects'
  | 'bus.errors'
  | 'rebases'
  | 'data.losses'
  | 'healed'
  | 'overtaken'
  | 'mutations.late'
  | 'update.conflicts'
  | 'bound.held'
  | 'confirmed.age'
  | 'outbox.length'
  | 'outbox.dropped'

/** How the instances are kept together. */
export const COHERENCE: Readonly<Record<CoherenceInstrument, Instrument>> = {
  invalidations: {
    type: 'counter',
    unit: '{invalidation}',
    labels: ['origin'],
    help: 'Invalidations that were applied here, one for each message: here, peer',
  },
  'invalidation.lag': {
    type: 'histogram',
    unit: 's',
    labels: ['source'],
    help: 'sent: since a peer on this host sent it. beat: from asking Redis until all that it had counted was applied here, at least the round trip',
  },
  'bus.subscribed': level('1 while the messages of other instances arrive', '1', (s) =>
    Number(s.coherence.subscription !== 'lost'),
  ),
  'bus.messages': count('Messages of other instances', '{message}', (s) => s.coherence.messages),
  'bus.gaps': count('Times that messages were missing', '{gap}', (s) => s.coherence.gaps),
  'bus.reconnects': count(
    'Subscriptions that were deaf and were made anew',
    '{reconnect}',
    (s) => s.coherence.reconnects,
  ),
  'bus.errors': count('Errors of the subscription', '{error}', (s) => s.coherence.errors),
  rebases: count(
    'Other numberings that were followed: restarts, fail-overs, lost data',
    '{rebase}',
    (s) => s.coherence.rebases,
  ),
  'data.losses': count(
    'Servers that lacked more than could be sent again',
    '{loss}',
    (s) => s.coherence.dataLosses,
  ),
  healed: count(
    'Invalidations sent again after a fail-over',
    '{invalidation}',
    (s) => s.coherence.healed,
  ),
  overtaken: count(
    'Values that an invalidation overtook on their way to L1',
    '{value}',
    (s) => s.coherence.overtaken,
  ),
  'mutations.late': count(
    'Mutations that were not over when their intents were',
    '{mutation}',
    (s) => s.coherence.lateMutations,
  ),
  'update.conflicts': count(
    'Attempts to update a value that others had changed meanwhile',
    '{attempt}',
    (s) => s.coherence.updateConflicts,
  ),
  'bound.held': level(
    '1 while L1 is served without asking: nothing can have been missed for longer than the bound',
    '1',
    (s) => Number(s.coherence.isConfirmed),
  ),
  'confirmed.age': level(
    'Time since nothing had been missed, as far as is known; absent while nothing is known',
    's',
    (s) => s.coherence.confirmedAgo / 1_000,
  ),
  'outbox.length': level(
    'Invalidations that wait here for Redis to be back',
    '{invalidation}',
    (s) => s.coherence.outbox,
  ),
  'outbox.dropped': count(
    'Those that waited still when the cache was closed: the other instances were never told',
    '{invalidation}',
    (s) => s.coherence.outboxDropped,
  ),
}
