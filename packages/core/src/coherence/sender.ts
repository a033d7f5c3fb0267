import { pause } from '../clock.ts'
import type { Context } from '../context.ts'
import type { Change, L2, Meta } from '../tiers.ts'
import { Batch } from './batch.ts'
import type { Committed } from './originate.ts'
import type { View } from './view.ts'

/** What is done with a batch. */
export interface SenderPlan {
  /** What is waited for before the first one, if anything. Rejects if there is no use in sending it. */
  readonly begin: () => Promise<void> | undefined
  /** Brings it to Redis, by one script. */
  readonly execute: (batch: Batch) => Promise<Meta>
  /** Redis has it, by the word of `meta`; `before` is what was applied here when it was sent. */
  readonly onTaken: (batch: Batch, meta: Meta, before: number) => Committed
  /** Redis did not take it. */
  readonly onLost: (batch: Batch, error: unknown) => Committed
}

/**
 * Sends the changes of one shard: one script is in flight, and what comes meanwhile goes with the next.
 * So nothing waits for a batch to fill up, and the busier Redis is, the more goes into one.
 */
export class Sender {
  readonly #context: Context
  readonly #view: View
  readonly #l2: Pick<L2, 'replicated'>
  readonly #plan: SenderPlan
  /** The first may be in flight. */
  #pending: Pending[] = []
  #isSending = false

  constructor(context: Context, view: View, l2: Pick<L2, 'replicated'>, plan: SenderPlan) {
    this.#context = context
    this.#view = view
    this.#l2 = l2
    this.#plan = plan
  }

  /** Resolves to what became of `change`; does not reject. */
  send(change: Change): Promise<Committed> {
    let pending = this.#pending.at(-1)
    if (pending === undefined || pending.isSent || !pending.batch.takes(change)) {
      pending = new Pending()
      this.#pending.push(pending)
    }
    pending.batch.add(change)
    if (!this.#isSending) this.#context.background.add(this.#run())
    return pending.committed
  }

  /** What was asked for before of one of `keys`, where a script that is sent now could overtake it. */
  before(keys: readonly string[]): Promise<Committed> | undefined {
    // Also what is in flight, if that is over another connection.
    const isElsewhere = this.#l2.replicated !== undefined
    return this.#pending.findLast(
      ({ batch, isSent }) => (!isSent || isElsewhere) && keys.some((key) => batch.keys.has(key)),
    )?.committed
  }

  async #run(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#pending.length > 0) {
        const done = await this.#sendAll(this.#pending.length)
        // One wait for all of them: who has the last has those before it too.
        const isReplicated = done.length > 0 && (await this.#isReplicated())
        for (const [{ settle }, committed] of done) settle({ ...committed, isReplicated })
      }
    } finally {
      this.#isSending = false
    }
  }

  /** Sends `count` batches one after the other. Those whose replication is to be waited for are the answer. */
  async #sendAll(count: number): Promise<readonly (readonly [Pending, Committed])[]> {
    const { clock, settings } = this.#context
    const { batchWindow } = settings
    const done: (readonly [Pending, Committed])[] = []
    for (let i = 0; i < count; i++) {
      const pending = this.#pending[0] as Pending
      if (batchWindow > 0) await pause(clock, batchWindow)
      try {
        const beginning = this.#plan.begin()
        if (beginning !== undefined) await beginning
        pending.isSent = true
        const { applied } = this.#view
        const meta = await this.#plan.execute(pending.batch)
        this.#pending.shift()
        const committed = this.#plan.onTaken(pending.batch, meta, applied)
        if (this.#l2.replicated === undefined) pending.settle(committed)
        else done.push([pending, committed])
      } catch (error) {
        // What waits behind would only fail too, one timeout after the other.
        const all = this.#pending
        this.#pending = []
        for (const { batch, settle } of all) settle(this.#plan.onLost(batch, error))
        break
      }
    }
    return done
  }

  /** A replica that is late or away changes nothing but the receipt. */
  async #isReplicated(): Promise<boolean> {
    const { replicated } = this.#l2
    return replicated === undefined ? false : replicated().catch(() => false)
  }
}

/** A batch with those who wait for it. */
class Pending {
  readonly batch: Batch = new Batch()
  isSent = false
  settle!: (committed: Committed) => void
  readonly committed: Promise<Committed> = new Promise((resolve) => {
    this.settle = resolve
  })
}
