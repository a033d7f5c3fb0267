import type { Instrument } from './instrument.ts'

/** Names of the instruments of the monitor of Redis. */
export type RedisInstrument =
  | 'redis.memory.used'
  | 'redis.memory.limit'
  | 'redis.keyspace.hits'
  | 'redis.keyspace.misses'
  | 'redis.evicted'
  | 'redis.keys'
  | 'redis.size'
  | 'redis.findings'

/** What the monitor sees of a Redis, whoever uses it. */
export const REDIS: Readonly<Record<RedisInstrument, Instrument>> = {
  'redis.memory.used': {
    type: 'gauge',
    unit: 'By',
    labels: ['server'],
    help: 'Memory that Redis uses',
  },
  'redis.memory.limit': {
    type: 'gauge',
    unit: 'By',
    labels: ['server'],
    help: 'Its maxmemory; absent where there is none',
  },
  'redis.keyspace.hits': {
    type: 'counter',
    unit: '{read}',
    labels: ['server'],
    help: 'Keys that Redis was asked for and had, by whomever',
  },
  'redis.keyspace.misses': {
    type: 'counter',
    unit: '{read}',
    labels: ['server'],
    help: 'Keys that Redis was asked for and had not',
  },
  'redis.evicted': {
    type: 'counter',
    unit: '{key}',
    labels: ['server'],
    help: 'Keys that Redis evicted',
  },
  'redis.keys': {
    type: 'gauge',
    unit: '{key}',
    labels: ['family'],
    help: 'Entries in Redis by family, estimated from a sample',
  },
  'redis.size': {
    type: 'gauge',
    unit: 'By',
    labels: ['family'],
    help: 'Memory of entries in Redis by family, estimated from a sample',
  },
  'redis.findings': {
    type: 'gauge',
    unit: '{finding}',
    labels: ['finding'],
    help: '1 for each thing that is wrong with how Redis is set up',
  },
}
