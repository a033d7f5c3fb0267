import { performance } from 'node:perf_hooks'
import { ConfigError, type Duration, milliseconds } from '@tiercel/core'
import { listen } from '../listen.ts'
import type { ObservedCache } from '../observe.ts'
import { positive } from '../options.ts'
import { type Redaction, ShownKeys } from './shown-keys.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** A logger that takes an object and a text: pino, and what is made like it. */
export interface StructuredLogger extends Record<Level, (line: object, message: string) => void> {
  isLevelEnabled?(level: string): boolean
}

/** From how long on an operation is logged as slow, whatever else is logged. */
export interface SlowOptions {
  /** A read, with its load if it waited for one. @default Infinity */
  readonly read?: Duration
  /** A loader. @default '1s' */
  readonly load?: Duration
  /** A call that changes something. @default '1s' */
  readonly write?: Duration
  /** A request to L2. @default '100ms' */
  readonly l2?: Duration
}

/** Options of `logTo`. */
export interface LogOptions {
  /** Tells this cache from others of the process with the same namespace: the field `cache`. @default 'main' */
  readonly name?: string
  /** Part of the usual lines that is logged, at level `debug`: hits, misses, loads, writes that went well. What went wrong is logged always. @default 0.01 */
  readonly sample?: number
  /** What counts as slow. */
  readonly slow?: SlowOptions
  /** Parameters that are hidden, by family: `{ 'user:{id}': ['id'] }`, or `true` for all of them. */
  readonly redact?: Redaction
  /** Whether keys of no family are hidden. @default false */
  readonly redactPlain?: boolean
  /** Most lines in a second; how many were dropped is logged with the next. @default 1_000 */
  readonly maxPerSecond?: number
}

/** Lines about a cache. */
export interface CacheLog extends Disposable {
  stop(): void
}

/** Keys of one write that a line names. */
const MOST_KEYS = 5
const USUAL_LOADS: ReadonlySet<string> = new Set(['filled', 'refused', 'isolated', 'unstored'])
const QUEUE_LEVELS = {
  written: 'debug',
  retry: 'warn',
  lost: 'warn',
  buried: 'error',
  full: 'error',
  error: 'error',
} as const
const BUS_LEVELS = {
  subscribed: 'info',
  rebased: 'info',
  lost: 'warn',
  gap: 'warn',
  error: 'error',
  'data-loss': 'error',
} as const

/**
 * Logs what a cache does, from now until `stop`: one object a line, with `event`, `namespace`, `cache`,
 * and `key`, `family`, `outcome`, `ms` where there are such.
 *
 * @throws {ConfigError} for a bad option
 * @example
 * logTo(cache, pino(), { redact: { 'user:{id}': ['id'] } })
 */
export function logTo(
  cache: ObservedCache,
  logger: StructuredLogger,
  options: LogOptions = {},
): CacheLog {
  const { name = 'main', sample = 0.01, slow = {}, redact = {}, redactPlain = false } = options
  if (!(sample >= 0 && sample <= 1)) {
    throw new ConfigError(`sample must be a number from 0 to 1 (got ${String(sample)})`)
  }
  const most = positive('maxPerSecond', options.maxPerSecond ?? 1_000)
  const slowRead = milliseconds('slow.read', slow.read ?? Infinity)
  const slowLoad = milliseconds('slow.load', slow.load ?? '1s')
  const slowWrite = milliseconds('slow.write', slow.write ?? '1s')
  const slowL2 = milliseconds('slow.l2', slow.l2 ?? '100ms')
  const keys = new ShownKeys(redact, redactPlain)
  const { namespace } = cache.stats()
  let second = 0
  let lines = 0
  let dropped = 0

  function log(level: Level, event: string, fields: object, message: string): void {
    if (logger.isLevelEnabled?.(level) === false) return
    const now = Math.floor(performance.now() / 1_000)
    if (now !== second) {
      if (dropped > 0) {
        logger.warn({ event: 'dropped', namespace, cache: name, lines: dropped }, 'lines dropped')
      }
      second = now
      lines = 0
      dropped = 0
    }
    if (lines >= most) dropped++
    else {
      lines++
      logger[level]({ event, namespace, cache: name, ...fields }, message)
    }
  }

  const isSampled = (): boolean => sample > 0 && Math.random() < sample

  const stop = listen(cache, {
    hit({ key, family, outcome, ms }) {
      if (!isSampled()) return
      log('debug', 'read', { key: keys.of(key, family), family, outcome, ms }, `read: ${outcome}`)
    },
    read({ key, family, outcome, ms }) {
      const level = outcome === 'failed' ? 'error' : outcome === 'grace' ? 'warn' : 'debug'
      const isSlow = ms >= slowRead
      if (level === 'debug' && !isSlow && !isSampled()) return
      const fields = { key: keys.of(key, family), family, outcome, ms }
      if (isSlow) log('warn', 'slow', { operation: 'read', ...fields }, 'slow read')
      else log(level, 'read', fields, `read: ${outcome}`)
    },
    load({ key, family, outcome, ms, error }) {
      const isUsual = USUAL_LOADS.has(outcome)
      const isSlow = ms >= slowLoad
      if (isUsual && !isSlow && !isSampled()) return
      const fields = { key: keys.of(key, family), family, outcome, ms }
      if (!isUsual)
        log('error', 'load', { ...fields, error: told(error, key, family) }, `load ${outcome}`)
      else if (isSlow) log('warn', 'slow', { operation: 'load', ...fields }, 'slow load')
      else log('debug', 'load', fields, `load: ${outcome}`)
    },
    write({ operation, keys: changed, tags, receipt, ms }) {
      const level = receipt === 'here' ? 'warn' : 'debug'
      const isSlow = ms >= slowWrite
      if (level === 'debug' && !isSlow && !isSampled()) return
      const shown = changed.slice(0, MOST_KEYS).map((key) => keys.of(key))
      const counts = { count: changed.length, tags: tags.length }
      const fields = { operation, keys: shown, ...counts, receipt, ms }
      if (isSlow) log('warn', 'slow', fields, `slow ${operation}`)
      else log(level, 'write', fields, `${operation}: ${receipt}`)
    },
    trip({ operation, outcome, shard, ms }) {
      if (ms < slowL2) return
      log('warn', 'slow', { operation, outcome, shard, ms }, `slow request to L2: ${operation}`)
    },
    tier({ state, shard, error }) {
      const level = state === 'closed' ? 'info' : 'error'
      log(level, 'l2', { state, shard, error: told(error) }, `L2: ${state}`)
    },
    bus({ state, shard, error }) {
      log(BUS_LEVELS[state], 'bus', { state, shard, error: told(error) }, `bus: ${state}`)
    },
    queue({ writer, shard, event, keys: waiting, ms, error }) {
      const level = QUEUE_LEVELS[event]
      if (level === 'debug' && !isSampled()) return
      const shown = waiting.slice(0, MOST_KEYS).map((key) => keys.of(key))
      const isHidden = waiting.some((key) => keys.isHidden(key))
      const fields = { writer, shard, state: event, keys: shown, count: waiting.length, ms }
      const line = { ...fields, error: isHidden ? kind(error) : told(error) }
      log(level, 'queue', line, `queue ${writer}: ${event}`)
    },
  })
  return { stop, [Symbol.dispose]: stop }

  /** An error without its text if that may hold what is hidden of the key. */
  function told(error: unknown, key?: string, family?: string): object | undefined {
    if (error === undefined) return undefined
    const named = key ?? (error as { readonly key?: string } | null)?.key
    if (named !== undefined && keys.isHidden(named, family)) return kind(error)
    return { ...kind(error), ...(error instanceof Error && { message: error.message }) }
  }
}

/** Of an error, what says nothing of anybody. */
function kind(error: unknown): { type: string; code?: string } | undefined {
  if (error === undefined) return undefined
  if (!(error instanceof Error)) return { type: typeof error }
  const { code } = error as { readonly code?: unknown }
  return { type: error.name, ...(typeof code === 'string' && { code }) }
}
