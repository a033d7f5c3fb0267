import { ConfigError } from '@tiercel/core'
import { SIGNALS, type SignalName } from './signals.ts'

/** When to alert: plain data, the same for this process and for Prometheus. Durations are seconds. */
export interface AlertRule {
  readonly name: string
  readonly signal: SignalName
  /** The side of the threshold that is bad. */
  readonly bad: 'above' | 'below'
  readonly threshold: number
  /** What the signal has to reach to be well again; between this and the threshold all stays as it is. */
  readonly recovers: number
  /** What is looked back at, for signals that are rates. */
  readonly window: number
  /** How long it has to be bad. */
  readonly for: number
  /** Reads, or loads, in the window without which nothing is said. */
  readonly minimum: number
  readonly severity: 'warning' | 'critical'
  readonly summary: string
}

/** What a cache is watched for if nothing else is said. */
export const RULES: readonly AlertRule[] = [
  {
    name: 'TiercelHitRatioLow',
    signal: 'hitRatio',
    bad: 'below',
    threshold: 0.6,
    recovers: 0.65,
    window: 300,
    for: 300,
    minimum: 100,
    severity: 'warning',
    summary: 'Fewer than 60 % of the reads are answered from the cache',
  },
  {
    name: 'TiercelReadsFail',
    signal: 'errorRatio',
    bad: 'above',
    threshold: 0.05,
    recovers: 0.02,
    window: 300,
    for: 60,
    minimum: 20,
    severity: 'critical',
    summary:
      'More than 5 % of the reads fail: the source is unwell, and nothing may be served instead',
  },
  {
    name: 'TiercelLoadsFail',
    signal: 'loadErrorRatio',
    bad: 'above',
    threshold: 0.1,
    recovers: 0.05,
    window: 300,
    for: 60,
    minimum: 20,
    severity: 'warning',
    summary: 'More than 10 % of the loads fail or are late',
  },
  {
    name: 'TiercelDisconnected',
    signal: 'disconnected',
    bad: 'above',
    threshold: 0.5,
    recovers: 0.5,
    window: 60,
    for: 30,
    minimum: 0,
    severity: 'critical',
    summary: 'The breaker is open, or messages of the other instances do not arrive',
  },
  {
    name: 'TiercelBoundNotHeld',
    signal: 'boundNotHeld',
    bad: 'above',
    threshold: 0.5,
    recovers: 0.5,
    window: 60,
    for: 10,
    minimum: 0,
    severity: 'critical',
    summary:
      'Redis has not confirmed for longer than the bound that nothing was missed: L1 is not used',
  },
  {
    name: 'TiercelInvalidationLag',
    signal: 'lag',
    bad: 'above',
    threshold: 1,
    recovers: 0.5,
    window: 300,
    for: 60,
    minimum: 10,
    severity: 'warning',
    summary: 'One in a hundred questions to Redis takes over a second until all is applied here',
  },
  {
    name: 'TiercelOutboxWaits',
    signal: 'outbox',
    bad: 'above',
    threshold: 0,
    recovers: 0,
    window: 60,
    for: 60,
    minimum: 0,
    severity: 'critical',
    summary:
      'Invalidations have waited for Redis for a minute; the other instances do not know them',
  },
  {
    name: 'TiercelRedisMemoryHigh',
    signal: 'memory',
    bad: 'above',
    threshold: 0.8,
    recovers: 0.75,
    window: 60,
    for: 300,
    minimum: 0,
    severity: 'warning',
    summary: 'Redis uses more than 80 % of its maxmemory',
  },
  {
    name: 'TiercelWritesWait',
    signal: 'queueLag',
    bad: 'above',
    threshold: 60,
    recovers: 10,
    window: 60,
    for: 60,
    minimum: 0,
    severity: 'critical',
    summary: 'A write has waited for the source of truth for more than a minute',
  },
  {
    name: 'TiercelQueueFillsUp',
    signal: 'queueDepth',
    bad: 'above',
    threshold: 5_000,
    recovers: 2_500,
    window: 60,
    for: 60,
    minimum: 0,
    severity: 'warning',
    summary:
      'More than 5,000 keys wait for the source of truth; at queue.maxLength, usually 10,000 a shard, writes are refused',
  },
  {
    name: 'TiercelWritesGivenUp',
    signal: 'deadLetters',
    bad: 'above',
    threshold: 0,
    recovers: 0,
    window: 60,
    for: 0,
    minimum: 0,
    severity: 'critical',
    summary: 'Writes were given up: look at the dead letters, and redrive or drop them',
  },
]

/** @throws {ConfigError} naming what is wrong with the rule */
export function checkRule(rule: AlertRule): AlertRule {
  const wrong = (what: string): ConfigError => new ConfigError(`rule "${rule.name}": ${what}`)
  if (!/^[A-Za-z_]\w*$/.test(rule.name)) throw wrong('name must be a word')
  if (!Object.hasOwn(SIGNALS, rule.signal)) {
    throw wrong(`signal must be one of ${Object.keys(SIGNALS).join(', ')}`)
  }
  for (const option of ['threshold', 'recovers', 'window', 'for', 'minimum'] as const) {
    if (!Number.isFinite(rule[option])) throw wrong(`${option} must be a number`)
  }
  if (rule.window <= 0 || rule.window > LONGEST_WINDOW) {
    throw wrong(`window must be from 1 to ${LONGEST_WINDOW} seconds`)
  }
  const isReachable =
    rule.bad === 'above' ? rule.recovers <= rule.threshold : rule.recovers >= rule.threshold
  if (!isReachable) throw wrong('recovers must be on the good side of threshold')
  return rule
}

const LONGEST_WINDOW = 3_600
