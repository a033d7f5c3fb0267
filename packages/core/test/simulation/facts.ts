import { shardOf } from '../../src/redis/keys.ts'
import type { Settings } from '../../src/settings.ts'
import type { Change } from '../../src/tiers.ts'
import { RedisTwin } from '../twin/redis-twin.ts'
import type { Instance } from './instance.ts'
import { Ledger } from './ledger.ts'
import { settingsOf } from './product.ts'
import type { Scenario } from './scenario.ts'
import { Scheduler } from './scheduler.ts'
import { type KeyPlan, Source } from './source.ts'

/** What a server's clock shows when the world begins. */
const EPOCH = 1.7e12

/** What was broken, when. */
export interface Violation {
  readonly rule: string
  readonly detail: string
  readonly at: number
}

/** A call that has been answered, of an instance that lives: what it invalidated has to last. */
export interface Promised {
  readonly instance: Instance
  readonly key: string
  readonly version: number
  readonly isEverywhere: boolean
  readonly at: number
}

/** All that is the case, as one sees it who stands outside of the world. */
export class Facts {
  readonly scenario: Scenario
  readonly settings: Settings
  readonly scheduler = new Scheduler()
  readonly source: Source
  readonly redis: RedisTwin
  /** What the server's history has invalidated. */
  readonly ledger = new Ledger()
  /** Messages of the server, for who is subscribed. */
  publish: (shard: number, message: string) => void = () => {}
  /** What callers were answered. */
  promised: Promised[] = []
  failedOverAt = -1
  readonly violations: Violation[] = []
  readonly counts = new Map<string, number>()
  readonly #trace: ((line: string) => void) | undefined

  constructor(scenario: Scenario, trace: ((line: string) => void) | undefined) {
    this.scenario = scenario
    this.settings = settingsOf(scenario)
    this.source = new Source(scenario.keys)
    this.#trace = trace
    this.redis = new RedisTwin({
      namespace: this.settings.namespace,
      shards: scenario.shards,
      logLength: scenario.logLength,
      clock: () => EPOCH + this.now,
      publish: (shard, message) => this.publish(shard, message),
      onChange: (shard, change) => this.#note(shard, change),
    })
  }

  /** Whether nothing in this world loses an intent, or stores a caller's value in spite of one. */
  get areIntentsKept(): boolean {
    return !this.scenario.actions.some(
      (action) =>
        action.kind === 'flush' ||
        action.kind === 'fail over' ||
        (action.kind === 'evict' && action.name === 'i') ||
        (action.kind === 'write' && action.how === 'set'),
    )
  }

  get now(): number {
    return this.scheduler.now
  }

  planOf(key: string): KeyPlan {
    return this.source.plans.get(key) as KeyPlan
  }

  shardOf(key: string): number {
    return shardOf(key, this.scenario.shards)
  }

  report(rule: string, detail: string): void {
    this.say(`** ${rule}: ${detail}`)
    this.violations.push({ rule, detail, at: this.now })
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  say(line: string): void {
    this.#trace?.(`${this.now.toFixed(4).padStart(11)}  ${line}`)
  }

  /** At the server: what is invalidated now has to be seen by all who read after it. */
  #note(shard: number, { keys, tags, clear }: Change): void {
    for (const plan of this.scenario.keys) {
      const { key } = plan
      if (this.shardOf(key) !== shard) continue
      const isMeant = clear || keys.has(key) || plan.tags.some((tag) => tags.has(tag))
      if (isMeant) this.ledger.add(key, this.source.version(key), this.now, true)
    }
  }
}
