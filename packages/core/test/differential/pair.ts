import { setTimeout as pause } from 'node:timers/promises'
import { parseMessage } from '../../src/bus.ts'
import { type Account, difference } from './account.ts'
import type { RealShard } from './real-shard.ts'
import { Side } from './side.ts'
import type { Step } from './steps.ts'
import type { TwinShard } from './twin-shard.ts'

/** What has less left than this many milliseconds is waited for. */
const SOON = 20

/** A twin and a real shard, to which the same is done. */
export class Pair {
  /** Whether so much time went by in a step that what ended meanwhile may have been there for one alone. */
  isDoubtful = false
  readonly #real: RealShard
  readonly #twin: TwinShard
  readonly #sides: { readonly real: Side; readonly twin: Side }
  /** By how many milliseconds instants may differ: what the longest step took. */
  #slack = 1
  /** When what is there now ends first. */
  #soonest = Infinity

  constructor(real: RealShard, twin: TwinShard) {
    this.#real = real
    this.#twin = twin
    this.#sides = { real: new Side(real), twin: new Side(twin) }
  }

  /** @returns what is not the same: of the answers, or afterwards */
  async run(step: Step): Promise<string | undefined> {
    const asked = this.#real.time()
    const answered = this.#sides.real.do(step)
    const began = await asked
    const real = await answered
    this.#twin.clock = began
    const twin = await this.#sides.twin.do(step)
    const after = await this.#real.state()
    this.#slack = Math.max(this.#slack, (after.at - began) / 1_000 + 1)
    this.isDoubtful = this.#soonest <= after.at / 1_000 + this.#slack
    if (this.isDoubtful) return undefined
    return difference(twin, real, this.#slack, 'answer') ?? this.#compareStates()
  }

  /** @returns what was published otherwise than by the twin */
  compareMessages(published: readonly string[]): string | undefined {
    const { twin, real } = this.#sides
    return difference(
      this.#twin.published.map((raw) => messageOf(twin.account, raw)),
      published.map((raw) => messageOf(real.account, raw)),
      0,
      'messages',
    )
  }

  async #compareStates(): Promise<string | undefined> {
    await this.#untilNothingEnds()
    const real = await this.#real.state()
    this.#twin.clock = real.at
    const twin = this.#twin.state()
    this.#soonest = Math.min(Infinity, ...this.#twin.endings())
    const { twin: ours, real: theirs } = this.#sides
    return difference(ours.account.state(twin), theirs.account.state(real), this.#slack, 'state')
  }

  /** Until what ends soon is gone for both. */
  async #untilNothingEnds(): Promise<void> {
    const ends = this.#twin.endings()
    for (;;) {
      const now = (await this.#real.time()) / 1_000
      const soon = Math.max(-Infinity, ...ends.filter((end) => end <= now + this.#slack + SOON))
      if (soon + this.#slack < now) return
      await pause(Math.ceil(soon + this.#slack - now) + 1)
    }
  }
}

function messageOf(account: Account, raw: string): unknown {
  const message = parseMessage(raw)
  return message === undefined ? raw : account.message(message)
}
