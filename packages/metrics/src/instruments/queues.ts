import type { Instrument } from './instrument.ts'

/** Names of the instruments of the queues. */
export type QueueInstrument = 'queue.events' | 'queue.depth' | 'queue.lag' | 'queue.dead.letters'

/** The queues of writers behind the cache. */
export const QUEUES: Readonly<Record<QueueInstrument, Instrument>> = {
  'queue.events': {
    type: 'counter',
    unit: '{write}',
    labels: ['writer', 'event'],
    help: 'What became of writes behind the cache: written, retry, buried, lost, full, error',
  },
  'queue.depth': {
    type: 'gauge',
    unit: '{key}',
    labels: ['writer'],
    help: 'Keys that wait for the source of truth, in all shards, the same on every instance',
  },
  'queue.lag': {
    type: 'gauge',
    unit: 's',
    labels: ['writer'],
    help: 'How long the oldest of them has waited',
  },
  'queue.dead.letters': {
    type: 'gauge',
    unit: '{write}',
    labels: ['writer'],
    help: 'Writes that were given up',
  },
}
