import type { CacheOptions } from '../../../src/index.ts'

/** What an instance's process is started with. */
export interface InstanceConfig {
  readonly redis: NonNullable<CacheOptions['redis']>
  readonly namespace: string
  /** B and the beat, in milliseconds. */
  readonly bound: number
  readonly beat: number
  /** Longest wait for Redis, in milliseconds. */
  readonly timeout: number
}

/** Keys `${run}:${0…keys-1}`; key i carries the tag of its group, i modulo groups. */
export interface Traffic {
  readonly run: string
  readonly keys: number
  readonly groups: number
  /** How long values live, in milliseconds. */
  readonly ttl: number
  readonly readsPerSecond: number
  readonly writesPerSecond: number
}

/** What an instance is told to do. */
export type Order =
  | { readonly type: 'begin'; readonly traffic: Traffic }
  /** Ends the writes; answered by `quiet` when those under way are settled. */
  | { readonly type: 'quieten' }
  /** Ends the reads; answered by `ended`. */
  | { readonly type: 'end' }
  /** Reads every key once; answered by `verified`. */
  | { readonly type: 'verify' }
  /** Holds up the event loop. */
  | { readonly type: 'block'; readonly ms: number }
  /** Ends the process by SIGKILL, between a commit and its invalidation, or while it loads. */
  | { readonly type: 'die'; readonly when: 'committed' | 'loading' }
  /** Invalidates so many keys of long names at once, 50 bytes each; answered by `burst`. */
  | { readonly type: 'burst'; readonly count: number }
  /** The source's answer to the question `id`. */
  | { readonly type: 'answer'; readonly id: number; readonly versions: readonly number[] }

/** By what an instance shows that it noticed something. */
export type Signal =
  | 'connection lost'
  | 'gap'
  | 'new numbering'
  | 'breaker'
  | 'trust over'
  | 'errors'

/** Whether an instance trusts its L1, uses Redis, and keeps nothing for it. */
export interface State {
  readonly isTrusting: boolean
  readonly usesRedis: boolean
  readonly kept: number
}

/** What an instance tells. Instants are of the machine's monotonic clock, in milliseconds. */
export type News =
  | { readonly type: 'ready' }
  | { readonly type: 'load'; readonly id: number; readonly key: number }
  | { readonly type: 'commit'; readonly id: number; readonly keys: readonly number[] }
  /** Three numbers for each read: the key, the version that was answered, and when it began. */
  | { readonly type: 'reads'; readonly reads: Float64Array }
  | {
      readonly type: 'written'
      /** Of the commit. */
      readonly id: number
      readonly keys: readonly number[]
      readonly versions: readonly number[]
      readonly receipt: 'replicated' | 'everywhere' | 'here'
      readonly at: number
    }
  /** What was acknowledged with 'here' up to `at` has reached Redis by now. */
  | { readonly type: 'brought'; readonly at: number }
  | { readonly type: 'state'; readonly state: State; readonly at: number }
  | { readonly type: 'signal'; readonly signal: Signal; readonly at: number }
  | { readonly type: 'quiet' }
  | { readonly type: 'burst' }
  | { readonly type: 'verified'; readonly versions: readonly number[] }
  | { readonly type: 'ended'; readonly counts: Counts }

/** What an instance has counted since `begin`. */
export interface Counts {
  /** Reads that had to leave L1 although it had held the version that they were answered with. */
  falseDrops: number
  /** Calls that did not end in time, and calls that were rejected. */
  hung: number
  failed: number
  /** The longest read, in milliseconds. */
  longest: number
}

/** Milliseconds of the machine's monotonic clock, the same in every process. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
