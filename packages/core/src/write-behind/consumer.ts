import { callSource } from '../write/call-source.ts'
import { type Cancel, upTo } from '../clock.ts'
import type { Context } from '../context.ts'
import type { SourceWrite, WriterRules } from '../write/source-writer.ts'
import { Held, type HeldWrite } from './held.ts'
import type { TakenWrite, WriteQueue } from './queue.ts'

/** What a consumer is for, and what it tells. */
export interface ConsumerPlan {
  readonly context: Context
  readonly rules: WriterRules
  readonly shard: number
  /** Its name in the queue, which no other has. */
  readonly name: string
  readonly queue: WriteQueue
  /** What is to be written, for what was taken. @throws {FrameError} */
  readonly decode: (write: TakenWrite) => SourceWrite
  /** A write was given up: what the cache has of the key, the source will not have. */
  readonly onBuried: (key: string) => Promise<void>
}

/** How often it looks for what other instances queued or left, in ms. */
const POLL = 1_000
/** Part of the lease after which a consumer says again that it is there. */
const RENEW = 0.3
/** Part of the lease after which a consumer without an answer counts its writes as lost. */
const DOUBT = 0.7
/** Batches that are held, at most: what waits for its next attempt must not stop all others. */
const MOST_BATCHES = 4
/** Polls between looks for consumers that are gone. */
const SWEEP_EVERY = 100
/** Longest text of an error that is kept. */
const LONGEST_ERROR = 1_000
/** Left with this age, a write may be taken at once. */
const LEFT = 86_400_000

/**
 * Brings the writes of one shard to the source of truth. It takes keys from the queue, and has them
 * until they are written: as long as it is heard of, no other instance writes them. What it was about
 * to write when it died is taken over, with what was written to the key since; what it writes when it
 * only seemed dead can be told by its number.
 */
export class Consumer {
  readonly #plan: ConsumerPlan
  readonly #held: Held
  #cancelRun: Cancel | undefined
  #runAt = Infinity
  #cancelRenew: Cancel | undefined
  #isRunning = false
  #isStopped = false
  #polls = 0
  /** Until when what is taken is this consumer's, as far as it knows. */
  #provenAt = -Infinity
  #abort: AbortController | undefined
  #running: Promise<void> = Promise.resolve()
  written = 0
  failedCalls = 0

  constructor(plan: ConsumerPlan) {
    this.#plan = plan
    this.#held = new Held(plan.rules.queue, plan.context.clock)
    this.wake(pollOf(plan.rules) * plan.context.clock.random())
  }

  get held(): number {
    return this.#held.size
  }

  /** Looks into the queue after `delay`, if it would not do so earlier anyway. */
  wake(delay: number): void {
    const { clock } = this.#plan.context
    const at = clock.now() + delay
    if (this.#isStopped || at >= this.#runAt) return
    this.#cancelRun?.()
    this.#runAt = at
    this.#cancelRun = clock.after(delay, () => {
      this.#runAt = Infinity
      this.#run()
    })
  }

  /** Ends, and leaves to others what it has taken. A call under way is aborted, and has `within` ms to end. */
  async stop(within: number): Promise<void> {
    const { clock } = this.#plan.context
    this.#isStopped = true
    this.#cancelRun?.()
    this.#abort?.abort(new Error('the cache is closed'))
    await upTo(clock, within, this.#running)
    this.#cancelRenew?.()
    const ids = this.#held.ids()
    this.#held.clear()
    // What is still being written is left to nobody before its lease is over.
    if (ids.length === 0 || this.#isRunning) return
    await this.#plan.queue.renew(this.#plan.name, ids, LEFT).catch(() => {}) // taken over later then
  }

  #run(): void {
    if (this.#isRunning || this.#isStopped) return
    this.#isRunning = true
    this.#running = this.#rounds().finally(() => {
      this.#isRunning = false
      const { clock } = this.#plan.context
      const pause = pollOf(this.#plan.rules) * (0.9 + 0.2 * clock.random())
      this.wake(Math.max(0, Math.min(pause, this.#held.nextAt() - clock.now())))
    })
  }

  async #rounds(): Promise<void> {
    let more = true
    while (more && !this.#isStopped) {
      try {
        more = await this.#round()
      } catch (error) {
        more = false // Redis is away; the next poll looks again
        this.#report('error', [], 0, error)
      }
    }
  }

  /** One look into the queue and one call; whether there may be more to do at once. */
  async #round(): Promise<boolean> {
    const { context, rules, queue, name } = this.#plan
    const room = MOST_BATCHES * rules.queue.maxBatch - this.#held.size
    const most = Math.min(room, rules.queue.maxBatch)
    let isMore = false
    if (most > 0) {
      const asked = context.clock.now()
      const taken = await queue.take(
        name,
        rules.queue.lease,
        most,
        ++this.#polls % SWEEP_EVERY === 0,
      )
      if (this.#held.size === 0) this.#provenAt = asked
      this.#held.add(taken)
      this.#keep()
      isMore = taken.length === most
    }
    const batch = this.#held.due()
    if (batch.length === 0) return isMore
    await this.#write(batch)
    return true
  }

  async #write(batch: readonly HeldWrite[]): Promise<void> {
    const { context, rules, queue, name } = this.#plan
    const { clock } = context
    const writes = await this.#decoded(batch)
    const all = [...writes.keys()]
    if (all.length === 0) return
    const began = clock.now()
    const abort = new AbortController()
    this.#abort = abort
    let failed: ReadonlyMap<string, unknown>
    try {
      failed = await callSource(clock, rules.write, [...writes.values()], rules.timeout, abort)
    } catch (error) {
      this.failedCalls++
      this.#held.onRejected(all)
      this.#report('retry', all, clock.now() - began, error)
      if (all.length === 1) await this.#buryIfDone(all[0] as HeldWrite, error)
      return
    } finally {
      this.#abort = undefined
    }
    const errorOf = (write: HeldWrite): unknown =>
      failed.get((writes.get(write) as SourceWrite).key)
    const bad = all.filter((write) => failed.has((writes.get(write) as SourceWrite).key))
    const good = all.filter((write) => !bad.includes(write))
    // Without an answer they are held still, and written again, with the same numbers.
    if (good.length > 0) await queue.settle(name, good)
    this.written += good.length
    this.#held.onWritten(good, bad.length === 0)
    this.#report('written', good, clock.now() - began)
    if (bad.length > 0) this.failedCalls++
    for (const write of bad) {
      this.#held.onFailed(write)
      this.#report('retry', [write], clock.now() - began, errorOf(write))
      await this.#buryIfDone(write, errorOf(write))
    }
  }

  /** What can't be read is no write at all: it is given up at once. */
  async #decoded(batch: readonly HeldWrite[]): Promise<Map<HeldWrite, SourceWrite>> {
    const writes = new Map<HeldWrite, SourceWrite>()
    for (const write of batch) {
      try {
        writes.set(write, this.#plan.decode(write))
      } catch (error) {
        this.#held.onFailed(write)
        await this.#bury(write, error)
      }
    }
    return writes
  }

  async #buryIfDone(write: HeldWrite, error: unknown): Promise<void> {
    if (write.attempts >= this.#plan.rules.queue.maxAttempts) await this.#bury(write, error)
  }

  async #bury(write: HeldWrite, error: unknown): Promise<void> {
    const { queue, name, rules, onBuried } = this.#plan
    const why = String(error).slice(0, LONGEST_ERROR)
    const { maxDeadLetters } = rules.queue
    const outcome = await queue.bury(name, maxDeadLetters, write, why, write.attempts)
    if (outcome === 'full') return
    this.#held.remove(write)
    this.#report(outcome, [write], 0, error)
    if (outcome === 'buried') await onBuried(write.key)
  }

  /** Says again and again that it is there, while it has anything. */
  #keep(): void {
    if (this.#cancelRenew !== undefined || this.#held.size === 0) return
    const { context, rules } = this.#plan
    this.#cancelRenew = context.clock.after(rules.queue.lease * RENEW, () => {
      this.#cancelRenew = undefined
      void this.#renew().finally(() => this.#keep())
    })
  }

  async #renew(): Promise<void> {
    const { context, rules, queue, name } = this.#plan
    const asked = context.clock.now()
    const ids = this.#held.ids()
    if (ids.length === 0) return
    try {
      const kept = await queue.renew(name, ids, 0)
      this.#provenAt = asked
      const lost = ids.filter((_, i) => kept[i] === false)
      if (lost.length > 0) this.#lose(lost)
    } catch {
      if (context.clock.now() - this.#provenAt > rules.queue.lease * DOUBT) this.#lose(ids)
    }
  }

  /** Others may be at these writes: what is under way is aborted. */
  #lose(ids: readonly string[]): void {
    const lost = this.#held.lose(ids)
    if (lost.length === 0) return
    this.#abort?.abort(new Error('taken over by another instance'))
    this.#report('lost', lost, 0)
  }

  #report(
    event: 'written' | 'retry' | 'buried' | 'lost' | 'error',
    writes: readonly TakenWrite[],
    ms: number,
    error?: unknown,
  ): void {
    const { context, rules, shard } = this.#plan
    const keys = writes.map(({ key }) => key)
    if (event !== 'written' || keys.length > 0) {
      context.report.queue({ writer: rules.name, shard, event, keys, ms, error })
    }
  }
}

/** Often enough to take over what an instance left soon after its lease. */
function pollOf({ queue }: WriterRules): number {
  return Math.min(POLL, queue.lease)
}
