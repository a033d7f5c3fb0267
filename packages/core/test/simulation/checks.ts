import { decodeFrame } from '../../src/frame.ts'
import { decodeValue } from '../../src/payload.ts'
import type { Facts } from './facts.ts'
import type { Instance } from './instance.ts'
import { BOUND } from './product.ts'

/** What must hold: after every step, at every answer, and when all is well again. */
export class Checks {
  readonly #facts: Facts

  constructor(facts: Facts) {
    this.#facts = facts
  }

  /** Every entry in L2 that a reader would believe is as new as what was invalidated. */
  l2(): void {
    const { scenario, ledger } = this.#facts
    for (const { key } of scenario.keys) {
      const found = this.#inL2(key)
      const required = ledger.required(key)
      if (found !== undefined && found < required) {
        const detail = `${key} v${found}, invalidated up to v${required}`
        this.#facts.report('L2 has what was invalidated', detail)
      }
    }
  }

  /**
   * What an instance would answer from L1 is as new as what was invalidated when it knew everything. Of
   * a commit in a mutation a load without Redis can't know: what it brings ends with the bound.
   */
  l1(instance: Instance): void {
    const { scenario, source, ledger } = this.#facts
    for (const { key } of scenario.keys) {
      const held = instance.held(key)
      if (held === undefined) continue
      const version = source.versionOf(key, held.value)
      const required = ledger.requiredBy(key, ({ at, isNumbered }) => {
        const isByItself = held.isBrief && !isNumbered
        return instance.clock.at(at) < (isByItself ? held.at : held.knownAt)
      })
      if (version >= required) continue
      const state = `${instance.id} ${key} v${version}, invalidated up to v${required}`
      this.#facts.report('L1 has what was invalidated', `${state}; ${instance.stateOf(key)}`)
    }
  }

  /** An answer is at most the bound older than its question, and knows what its asker has written. */
  answer(instance: Instance, key: string, value: unknown, began: number, own: number): void {
    const version = this.#facts.source.versionOf(key, value)
    this.#facts.say(`${instance.id} answers ${key} v${version}`)
    const bound = this.#requiredAt(instance, key, instance.clock.at(began) - BOUND)
    const asked = `${instance.id} ${key} v${version} asked at ${began.toFixed(3)}`
    const state = `${asked}; ${instance.stateOf(key)}`
    if (version < bound) {
      this.#facts.report('older than the bound', `${state}; v${bound} before it`)
    }
    if (version < own) this.#facts.report('own write not read', `${state}; own v${own}`)
  }

  /** When all is well again, an answer is what was invalidated last. */
  lastAnswer(instance: Instance, key: string, value: unknown): void {
    const version = this.#facts.source.versionOf(key, value)
    this.#facts.say(`${instance.id} answers ${key} v${version} in the end`)
    const required = this.#requiredInTheEnd(key)
    if (version >= required) return
    this.#facts.report('stale at rest', `${instance.id} ${key} v${version}, v${required} expected`)
  }

  /** When all is well again, L2 has nothing that is older, and every instance trusts its L1. */
  rest(instances: readonly Instance[]): void {
    for (const { key } of this.#facts.scenario.keys) {
      const found = this.#inL2(key)
      const required = this.#requiredInTheEnd(key)
      if (found !== undefined && found < required) {
        this.#facts.report('L2 is stale at rest', `${key} v${found}, v${required} expected`)
      }
    }
    const [first] = this.#facts.scenario.keys
    for (const instance of instances) {
      if (instance.isTrusting) continue
      const state = `${instance.id} ${instance.stateOf(first?.key ?? '')}`
      this.#facts.report('no trust at rest', state)
    }
  }

  /** The version of what L2 has for `key`, if a reader would believe it. */
  #inL2(key: string): number | undefined {
    const { redis, settings, source } = this.#facts
    const shard = redis.shards[this.#facts.shardOf(key)]
    const bytes = shard?.entry(key)
    const meta = shard?.meta
    if (shard === undefined || bytes === undefined || meta === undefined) return undefined
    const frame = decodeFrame(bytes)
    const isCoherent =
      frame.line === meta.line &&
      frame.start >= meta.clr &&
      frame.tags.every((tag) => (shard.record(tag) ?? meta.tseq) <= frame.start)
    const isFresh = !frame.isExpired && frame.expiresAt > redis.millis
    if (!isCoherent || (!isFresh && this.#facts.planOf(key).grace === 0)) return undefined
    return source.versionOf(key, decodeValue(settings, key, frame))
  }

  /** What was invalidated up to an instant of an instance's own clock. */
  #requiredAt(instance: Instance, key: string, instant: number): number {
    return this.#facts.ledger.requiredBy(key, ({ at }) => instance.clock.at(at) < instant)
  }

  /** What was invalidated, or was promised to be by an instance that lives. */
  #requiredInTheEnd(key: string): number {
    let required = this.#facts.ledger.required(key)
    for (const promised of this.#facts.promised) {
      if (promised.key === key) required = Math.max(required, promised.version)
    }
    return required
  }
}
