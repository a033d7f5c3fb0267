import type { Receipt } from '../../src/index.ts'
import { entry } from '../../src/load/loader.ts'
import type { Checks } from './checks.ts'
import type { Facts } from './facts.ts'
import type { Instance } from './instance.ts'
import type { Action, LoadPlan } from './scenario.ts'
import type { KeyPlan } from './source.ts'

type Read = Extract<Action, { kind: 'read' }>
type Write = Extract<Action, { kind: 'write' }>
type Invalidation = Exclude<Write['how'], 'not' | 'mutate' | 'mutateTag'>

const UNWELL = new Error('the source is unwell')
/** A load that is late, and a mutation that Redis did not hear of. */
const EXPECTED: ReadonlySet<unknown> = new Set(['ERR_LOAD_TIMEOUT', 'ERR_TIER'])
/** Options of a call for many keys: the tags are the loader's. */
const MANY = { ttl: 60_000, grace: 0 }
const QUICK: LoadPlan = { before: 0, after: 0, fails: false }

/** The callers: who reads through a cache, and who writes to the source and invalidates. */
export class Clients {
  readonly #facts: Facts
  readonly #checks: Checks
  readonly #calls = new Map<object, { readonly what: string; readonly instance: Instance }>()
  readonly #options = new Map<string, object>()
  /** Values that are being set, by their keys. */
  readonly #setsUnderway = new Map<string, number>()

  constructor(facts: Facts, checks: Checks) {
    this.#facts = facts
    this.#checks = checks
  }

  /** Calls that have not been answered, in words. */
  get waiting(): string[] {
    return [...this.#calls.values()].map(({ what }) => what)
  }

  /** Nobody waits for a process that is gone, and nothing that it promised has to be kept. */
  forget(instance: Instance): void {
    for (const [call, { instance: of }] of this.#calls) {
      if (of === instance) this.#calls.delete(call)
    }
    this.#facts.promised = this.#facts.promised.filter((promised) => promised.instance !== instance)
  }

  read(instance: Instance, { keys, via, load }: Pick<Read, 'keys' | 'via' | 'load'>): void {
    const began = this.#facts.now
    const own = new Map(keys.map((key) => [key, instance.own.get(key) ?? 0]))
    this.#facts.count(via)
    this.#ask(instance, keys, via, load, (key, value) =>
      this.#checks.answer(instance, key, value, began, own.get(key) ?? 0),
    )
  }

  /** Reads every key when all is well again. */
  readInTheEnd(instance: Instance): void {
    for (const { key } of this.#facts.scenario.keys) {
      this.#ask(instance, [key], 'getOrSet', QUICK, (_, value) =>
        this.#checks.lastAnswer(instance, key, value),
      )
    }
  }

  write(instance: Instance, { key, how, gap }: Write): void {
    // The order of a caller's value and another's change is theirs: no promise is made about it.
    if ((this.#setsUnderway.get(key) ?? 0) > 0) return
    if (how === 'mutate' || how === 'mutateTag') return this.#mutate(instance, key, how, gap)
    const version = this.#facts.source.commit(key)
    this.#facts.count(how)
    this.#facts.say(`${instance.id} commits ${key} v${version}`)
    if (how === 'not') return
    if (how === 'set') this.onSet([key], 1)
    const { scheduler, now } = this.#facts
    scheduler.at(now + gap, instance, () => this.#invalidate(instance, key, how))
  }

  /** What is committed in a mutation has to be seen from then on: not even a crash is an excuse. */
  #mutate(instance: Instance, key: string, how: 'mutate' | 'mutateTag', gap: number): void {
    const { ledger, source } = this.#facts
    const what = `${instance.id} ${how} ${key}`
    this.#facts.say(what)
    this.#facts.count(how)
    const [tag] = this.#facts.planOf(key).tags as [string]
    const targets = how === 'mutate' ? { keys: [key] } : { tags: [tag] }
    const mutating = instance.cache.mutate(targets, async () => {
      await this.#sleep(instance, gap)
      if ((this.#setsUnderway.get(key) ?? 0) > 0) return undefined
      const version = source.commit(key)
      this.#facts.say(`${instance.id} commits ${key} v${version}`)
      if (this.#facts.areIntentsKept) ledger.add(key, version, this.#facts.now, false)
      await this.#sleep(instance, gap)
      return version
    })
    this.#watch(instance, what, mutating, (version) => {
      if (version === undefined) return
      const at = this.#facts.now
      this.#facts.say(`${what}: v${version}`)
      instance.own.set(key, Math.max(version, instance.own.get(key) ?? 0))
      this.#facts.promised.push({ instance, key, version, isEverywhere: false, at })
    })
  }

  /** `keys` have one value more, or less, that is being set. */
  onSet(keys: readonly string[], difference: 1 | -1): void {
    for (const key of keys) {
      this.#setsUnderway.set(key, (this.#setsUnderway.get(key) ?? 0) + difference)
    }
  }

  #ask(
    instance: Instance,
    keys: readonly string[],
    via: Read['via'],
    load: LoadPlan,
    onAnswer: (key: string, value: unknown) => void,
  ): void {
    const { cache, id } = instance
    const [key] = keys as [string]
    const what = `${id} ${via} ${keys.join(' ')}`
    this.#facts.say(what)
    if (via === 'getOrSet') {
      const load1 = (): Promise<unknown> => this.#load(instance, key, load)
      const reading = cache.getOrSet(key, load1, this.#optionsOf(key))
      this.#watch(instance, what, reading, (value) => onAnswer(key, value))
    } else if (via === 'get') {
      this.#watch(instance, what, cache.get(key, this.#optionsOf(key)), (value) => {
        if (value !== undefined) onAnswer(key, value)
      })
    } else if (via === 'getMany') {
      this.#watch(instance, what, cache.getMany(keys, MANY), (values) => {
        for (const [found, value] of values) onAnswer(found, value)
      })
    } else {
      const reading = cache.getOrSetMany(
        keys,
        (missing) =>
          Promise.all(
            missing.map(async (each) => [each, await this.#load(instance, each, load)] as const),
          ),
        MANY,
      )
      this.#watch(instance, what, reading, (values) => {
        for (const each of keys) onAnswer(each, values.get(each))
      })
    }
  }

  async #load(instance: Instance, key: string, plan: LoadPlan): Promise<unknown> {
    const { source } = this.#facts
    this.#facts.say(`${instance.id} loads ${key}`)
    this.#facts.count('load')
    await this.#sleep(instance, plan.before)
    const row = source.read(key)
    const version = source.version(key)
    await this.#sleep(instance, plan.after)
    this.#facts.say(`${instance.id} loaded ${key} v${version}`)
    if (plan.fails) throw UNWELL
    const { tags, ttl } = this.#facts.planOf(key)
    return entry(row, { tags, ttl })
  }

  #sleep(instance: Instance, length: number): Promise<void> {
    const { scheduler, now } = this.#facts
    return new Promise((resolve) => {
      scheduler.at(now + length, instance, resolve)
    })
  }

  #invalidate(instance: Instance, key: string, how: Invalidation): void {
    const versions = this.#meant(key, how).map(
      (each) => [each, this.#facts.source.version(each)] as const,
    )
    const what = `${instance.id} ${how} ${key}`
    this.#facts.say(what)
    this.#watch(instance, what, this.#call(instance, key, how), (receipt) => {
      const at = this.#facts.now
      this.#facts.say(`${what}: ${receipt}`)
      this.#facts.count(receipt)
      if (how === 'set') this.onSet([key], -1)
      const isEverywhere = receipt !== 'here'
      for (const [each, version] of versions) {
        instance.own.set(each, Math.max(version, instance.own.get(each) ?? 0))
        this.#facts.promised.push({ instance, key: each, version, isEverywhere, at })
      }
    })
  }

  #call({ cache }: Instance, key: string, how: Invalidation): Promise<Receipt> {
    const { ttl, grace, tags } = this.#facts.planOf(key)
    if (how === 'expire') return cache.expire(key)
    if (how === 'tag') return cache.invalidateTags(tags.slice(0, 1))
    if (how === 'clear') return cache.clear()
    if (how === 'deleteAll') return cache.deleteMany(this.#keysOf(() => true))
    const row = how === 'set' ? this.#facts.source.read(key) : undefined
    return row === undefined ? cache.delete(key) : cache.set(key, row, { ttl, grace, tags })
  }

  /** The keys that a call invalidates. */
  #meant(key: string, how: Write['how']): string[] {
    if (how === 'deleteAll' || how === 'clear') return this.#keysOf(() => true)
    if (how !== 'tag') return [key]
    const [tag] = this.#facts.planOf(key).tags as [string]
    return this.#keysOf(({ tags }) => tags.includes(tag))
  }

  #keysOf(isMeant: (plan: KeyPlan) => boolean): string[] {
    return this.#facts.scenario.keys.filter(isMeant).map(({ key }) => key)
  }

  #watch<T>(
    instance: Instance,
    what: string,
    call: Promise<T>,
    onAnswer: (answer: T) => void,
  ): void {
    this.#calls.set(call, { what, instance })
    call
      .then(onAnswer, (error: unknown) => {
        this.#facts.say(`${what}: ${String(error)}`)
        this.#facts.count('failed')
        if (!isExpected(error)) this.#facts.report('a call failed', `${what}: ${String(error)}`)
      })
      .finally(() => this.#calls.delete(call))
  }

  /** The options that a key is read with: the same object each time, as callers have it. */
  #optionsOf(key: string): object {
    let options = this.#options.get(key)
    if (options === undefined) {
      const plan = this.#facts.planOf(key)
      const { ttl, staleWhileRevalidate, grace, softTimeout } = plan
      const negativeTtl = plan.canBeAbsent ? ttl : 0
      const tags = plan.isTaggedByLoader ? [] : plan.tags
      options = { ttl, staleWhileRevalidate, grace, softTimeout, negativeTtl, tags }
      this.#options.set(key, options)
    }
    return options
  }
}

/** What the plan lets a load fail with; many keys at once fail with the first of their errors as its cause. */
function isExpected(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  return error === UNWELL || EXPECTED.has(code) || (code === 'ERR_BULK_LOAD' && isExpected(cause))
}
