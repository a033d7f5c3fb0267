import { performance } from 'node:perf_hooks'
import { ConfigError, type Duration, milliseconds } from '@tiercel/core'
import { SECONDS } from '../instruments.ts'
import { complain, listen } from '../listen.ts'
import type { ObserveOptions, ObservedCache } from '../observe.ts'
import { queuesOf } from '../queues.ts'
import { type AlertRule, RULES, checkRule } from './rules.ts'
import { SIGNALS, type Snapshot, bucketOf } from './signals.ts'
import { WatchedRule } from './watched-rule.ts'

/** A rule that began to be at fault, or ceased to be. */
export interface Alert {
  readonly rule: AlertRule
  readonly state: 'firing' | 'resolved'
  readonly value: number
  readonly namespace: string
  readonly cache: string
  /** Whose queue it is about, if it is about one. */
  readonly writer?: string | undefined
  /** Wall-clock milliseconds. */
  readonly at: number
}

/** Options of `alerts`. */
export interface AlertsOptions {
  /** Told when a rule fires, and when it is well again. What it throws or rejects with is not passed on. */
  readonly onAlert: (alert: Alert) => unknown
  /** Rules instead of the usual ones; `[...RULES, mine]` for more of them. @default RULES */
  readonly rules?: readonly AlertRule[]
  /** Time between two looks. @default '10s' */
  readonly interval?: Duration
  /** Tells this cache from others of the process with the same namespace. @default 'main' */
  readonly name?: string
  /** Writers behind the cache, for rules about their queues: each is looked at by itself. */
  readonly writers?: NonNullable<ObserveOptions['writers']>
  /** A monitor of Redis, for rules about its memory. */
  readonly redis?: NonNullable<ObserveOptions['redis']>
}

/** Rules that are looked at in this process. */
export interface Alerts extends Disposable {
  stop(): void
}

/** Looks that are remembered: an hour's window at the shortest interval. */
const MOST_SNAPSHOTS = 3_600
const SHORTEST_INTERVAL = 10

/**
 * Looks at the rules in this process, now and then until `stop`.
 *
 * @throws {ConfigError} for a bad option or rule
 * @example
 * alerts(cache, { onAlert: ({ rule, state }) => page(rule.severity, rule.summary, state) })
 */
export function alerts(cache: ObservedCache, options: AlertsOptions): Alerts {
  const { onAlert, rules = RULES, name = 'main', writers = [], redis } = options
  if (typeof onAlert !== 'function') throw new ConfigError('onAlert must be a function')
  const interval = milliseconds('interval', options.interval ?? '10s')
  if (interval < SHORTEST_INTERVAL || interval > LONGEST_INTERVAL) {
    throw new ConfigError(`interval must be from 10ms to 1h (got ${String(options.interval)})`)
  }
  const watched = rules.flatMap((rule) => {
    const { signal } = checkRule(rule)
    if (SIGNALS[signal].isOfWriter !== true) return [new WatchedRule(rule)]
    return writers.map((writer) => new WatchedRule(rule, writer.name))
  })
  const longest = Math.max(0, ...rules.map(({ window }) => window))
  const beats: number[] = Array.from({ length: SECONDS.length + 1 }, () => 0)
  const end = listen(cache, {
    beat({ ms }) {
      const bucket = bucketOf(ms / 1_000)
      beats[bucket] = (beats[bucket] ?? 0) + 1
    },
  })
  let history: Snapshot[] = []
  let [isLooking, isStopped] = [false, false]
  const look = async (): Promise<void> => {
    if (isLooking) return // the queues did not answer yet
    isLooking = true
    const at = performance.now() / 1_000
    const now = { at, stats: cache.stats(), beats: [...beats], redis: redis?.findings }
    const queues = await queuesOf(writers)
    isLooking = false
    if (isStopped) return
    history = history.filter((old) => old.at >= at - longest).slice(-MOST_SNAPSHOTS)
    history.push({ ...now, queues })
    const { namespace } = cache.stats()
    for (const one of watched) {
      const change = one.look(history)
      if (change === undefined) continue
      tell({
        rule: one.rule,
        writer: one.writer,
        ...change,
        namespace,
        cache: name,
        at: Date.now(),
      })
    }
  }
  const tell = (alert: Alert): void => {
    new Promise((resolve) => resolve(onAlert(alert))).catch(complain)
  }
  void look()
  const timer = setInterval(() => void look(), interval)
  timer.unref()
  const stop = (): void => {
    isStopped = true
    clearInterval(timer)
    end()
  }
  return { stop, [Symbol.dispose]: stop }
}

const LONGEST_INTERVAL = 3_600_000
