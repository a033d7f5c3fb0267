import { ConfigError } from '../errors.ts'
import { type Duration, finite, shown } from '../duration.ts'
import type { CallOptions } from '../policy.ts'
import { checkObject, knownOnly, oneOf, positiveInteger } from '../checks.ts'
import type { Receipt } from './write.ts'

/** One write that the source of truth is to have. */
export interface SourceWrite<T = unknown> {
  readonly key: string
  /** `undefined`: the key was deleted. */
  readonly value: T | undefined
  /**
   * Grows with each write of the key, and is the same when a write is tried again: a source that keeps
   * it, and refuses a lower one, is never set back by a consumer that was slow. Only with `'behind'`.
   */
  readonly number: number | undefined
}

export interface SourceWriteContext {
  /** Aborted when the call takes too long, or the writes were taken over by another instance. */
  readonly signal: AbortSignal
}

/** Those of the writes that failed, by their keys, with why; nothing when none did. */
export type FailedWrites = Iterable<readonly [key: string, error: unknown]>

/**
 * Brings writes to the source of truth. A rejection means that none of them may have got there: all
 * are at fault, or the source is away. Keys that it returns failed by themselves.
 */
export type WriteSource<T> = (
  writes: readonly SourceWrite<T>[],
  context: SourceWriteContext,
) => FailedWrites | void | Promise<FailedWrites | void>

/** What a queue of writes does, for `mode: 'behind'`. */
export interface QueueOptions {
  /** Most writes in one call. @default 100 */
  readonly maxBatch?: number
  /** How long a write waits for others to go with it. @default '100ms' */
  readonly maxDelay?: Duration
  /** Most keys that may wait in one shard; more are refused with a `WriteQueueFullError`. @default 10_000 */
  readonly maxLength?: number
  /** How often a write is tried by itself, before it becomes a dead letter; Infinity: for ever. @default 20 */
  readonly maxAttempts?: number
  /** Most of the pause after the first attempt; it doubles with each. @default '100ms' */
  readonly firstRetry?: Duration
  /** Longest pause between attempts. @default '30s' */
  readonly lastRetry?: Duration
  /** How long an instance is not heard of before others take over what it had taken. @default '10s' */
  readonly lease?: Duration
  /** Most dead letters in one shard; while there are so many, writes are tried on. @default 1_000 */
  readonly maxDeadLetters?: number
}

/** Options of `cache.writer`: those of a call hold for all that it writes. */
export interface WriterOptions<T> extends CallOptions {
  /** Names the writer, on all instances the same. */
  readonly name: string
  readonly write: WriteSource<T>
  /**
   * `'through'`: the source of truth first, then the cache. `'behind'`: the cache and a queue in Redis,
   * by one script, and the source later.
   *
   * @default 'through'
   */
  readonly mode?: 'through' | 'behind'
  /** What `'through'` does with the cache: store the value, or drop the key. @default 'set' */
  readonly onWrite?: 'set' | 'invalidate'
  /** Bound on one call of `write`, whose signal is aborted then. @default '30s' */
  readonly timeout?: Duration
  readonly queue?: QueueOptions
}

/** A write that was given up: it was tried too often. */
export interface DeadLetter<T = unknown> {
  readonly id: string
  readonly key: string
  readonly value: T | undefined
  /** False: the value can't be read, and so not written anew; `value` says nothing then. */
  readonly isReadable: boolean
  readonly number: number
  /** What the last attempt failed with. */
  readonly error: string
  readonly attempts: number
}

/** What a writer has done here, and what its queue has in Redis. */
export interface WriterStats {
  /** Writes that the source took from this instance. */
  readonly written: number
  /** Calls of `write` that failed, wholly or in part. */
  readonly failedCalls: number
  /** Writes that are being tried here now, or wait here for the next attempt. */
  readonly held: number
  /** Keys that wait, in all shards; 0 for `'through'`, as what follows. */
  readonly depth: number
  /** Of these, those that an instance has taken. */
  readonly taken: number
  /** Milliseconds that the oldest has waited. */
  readonly lag: number
  readonly deadLetters: number
}

/** Writes values to the cache and to its source of truth. Made by `cache.writer`. */
export interface SourceWriter<T = unknown> extends WriterControl<T> {
  set(key: string, value: T): Promise<Receipt>
  setMany(entries: Iterable<readonly [string, T]>): Promise<Receipt>
  delete(key: string): Promise<Receipt>
}

/** What a writer tells of its writes, and what can be done about them. */
export interface WriterControl<T = unknown> {
  readonly name: string
  /** Resolves once all that was acknowledged before the call is written: true; or false after `within` (30 s). */
  flush(options?: { readonly within?: Duration }): Promise<boolean>
  stats(): Promise<WriterStats>
  /** The oldest dead letters of all shards, at most `limit` (100) of each. */
  deadLetters(options?: { readonly limit?: number }): Promise<readonly DeadLetter<T>[]>
  /** Writes a dead letter anew, over what was written since; false if it is gone, or the key waits to be written. */
  redrive(letter: DeadLetter<T>): Promise<boolean>
  /** Drops a dead letter; false if it is gone. */
  drop(letter: DeadLetter<T>): Promise<boolean>
}

/** The options, checked, in milliseconds. */
export interface WriterRules {
  readonly name: string
  readonly write: WriteSource<unknown>
  readonly mode: 'through' | 'behind'
  readonly onWrite: 'set' | 'invalidate'
  readonly timeout: number
  readonly queue: { readonly [K in keyof QueueOptions]-?: number }
}

/** What holds where an option is absent. */
export const WRITER_DEFAULTS: {
  readonly mode: 'through'
  readonly onWrite: 'set'
  readonly timeout: Duration
  readonly queue: Required<QueueOptions>
} = {
  mode: 'through',
  onWrite: 'set',
  timeout: '30s',
  queue: {
    maxBatch: 100,
    maxDelay: '100ms',
    maxLength: 10_000,
    maxAttempts: 20,
    firstRetry: '100ms',
    lastRetry: '30s',
    lease: '10s',
    maxDeadLetters: 1_000,
  },
}
const LONGEST_NAME = 128
const MOST_IN_BATCH = 1_000
const SHORTEST_LEASE = 100

/** @throws {ConfigError} naming the option, its value and what is allowed. */
export function resolveWriter<T>(options: WriterOptions<T>): {
  readonly rules: WriterRules
  readonly life: CallOptions
} {
  checkObject('writer', options)
  const { name, write, mode, onWrite, timeout, queue, ...life } = { ...WRITER_DEFAULTS, ...options }
  if (typeof name !== 'string' || name.length > LONGEST_NAME || !/^[\w.:/-]+$/.test(name)) {
    throw new ConfigError(
      `writer.name must be 1 to ${LONGEST_NAME} letters, digits or . : / _ - (got ${shown(name)})`,
    )
  }
  return { life, rules: writerRules('writer', name, { write, mode, onWrite, timeout, queue }) }
}

/**
 * The rules of a writer that is called `name`, from the options of `owner`.
 *
 * @throws {ConfigError} as `resolveWriter`
 */
export function writerRules<T>(
  owner: string,
  name: string,
  options: Omit<WriterOptions<T>, 'name' | keyof CallOptions>,
): WriterRules {
  knownOnly(owner, options, ['write', ...Object.keys(WRITER_DEFAULTS)])
  const { write, mode, onWrite, timeout, queue } = { ...WRITER_DEFAULTS, ...options }
  if (typeof write !== 'function') {
    throw new ConfigError(`${owner}.write must be a function (got ${typeof write})`)
  }
  oneOf(`${owner}.mode`, mode, ['through', 'behind'])
  oneOf(`${owner}.onWrite`, onWrite, ['set', 'invalidate'])
  knownOnly(`${owner}.queue`, queue, Object.keys(WRITER_DEFAULTS.queue))
  const q = { ...WRITER_DEFAULTS.queue, ...queue }
  const option = (of: keyof QueueOptions): string => `${owner}.queue.${of}`
  return {
    name,
    write: write as WriteSource<unknown>,
    mode,
    onWrite,
    timeout: finite(`${owner}.timeout`, timeout),
    queue: {
      maxBatch: positiveInteger(option('maxBatch'), q.maxBatch, MOST_IN_BATCH),
      maxDelay: finite(option('maxDelay'), q.maxDelay),
      maxLength: positiveInteger(option('maxLength'), q.maxLength, Number.MAX_SAFE_INTEGER),
      maxAttempts:
        q.maxAttempts === Infinity
          ? Infinity
          : positiveInteger(option('maxAttempts'), q.maxAttempts, Number.MAX_SAFE_INTEGER),
      firstRetry: finite(option('firstRetry'), q.firstRetry),
      lastRetry: finite(option('lastRetry'), q.lastRetry),
      lease: atLeast(option('lease'), q.lease, SHORTEST_LEASE),
      maxDeadLetters: positiveInteger(
        option('maxDeadLetters'),
        q.maxDeadLetters,
        Number.MAX_SAFE_INTEGER,
      ),
    },
  }
}

function atLeast(option: string, value: Duration, least: number): number {
  const ms = finite(option, value)
  if (ms >= least) return ms
  throw new ConfigError(`${option} must be at least ${least} ms (got ${shown(value)})`)
}
