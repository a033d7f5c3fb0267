import { parseMessage } from '../bus.ts'
import { type Cancel, type Clock, pause } from '../clock.ts'
import { TierError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Shard } from '../shard.ts'
import type { L2, Meta } from '../tiers.ts'
import { distrust } from './apply.ts'
import { RedisTime } from './redis-time.ts'
import { Counted } from './counted.ts'
import { Deafness } from './deafness.ts'
import { Holes } from './holes.ts'
import { receive } from './sequence.ts'
import { Suspension } from './suspension.ts'

/** What the watch tells, and what it asks for. */
export interface WatchEvents {
  /** Brings to Redis what was kept while it was away. Rejects if it could not. */
  flush(): Promise<void>
  /** Whether something is kept for Redis now. */
  isKeeping(): boolean
  onAnswer(): void
  /** All is applied that Redis had counted when it was asked, so many milliseconds ago. */
  onConfirmed(ms: number): void
  /** The server that was followed before answered a question of the instant `at`. */
  onSameServer(at: number): void
  /**
   * A server answered that may lack what others acknowledged, whose incarnation is `inc`; without it all
   * that was acknowledged. What is kept now is brought there before its numbering is followed.
   */
  onOther(inc: string | undefined): void
  /** That server lacks more than its writers remember. */
  onDataLoss(): void
  /** Another numbering is followed. */
  onRebase(): void
  onGap(): void
  /** Messages go missing beat after beat: the subscription looks alive, and is not. */
  onDeaf(): void
  onError(error: unknown): void
}

/** An answer that says how far the shard had counted, for a question asked at `at`. */
interface Question {
  readonly seq: number
  readonly at: number
}

/** Least time between two questions, so that a burst of foreign messages asks once. */
const PAUSE = 50
const MOST_QUESTIONS = 16
/** How long is asked for the confirmation of what is known, in ms. */
const LONGEST_CONFIRMATION = 1_000
/** How often one question is asked again because something had to be brought first. */
const MOST_ROUNDS = 8

/**
 * Keeps one shard's view true. Messages move it on; the beat asks Redis how far it should be, and
 * once everything up to the answer is applied, nothing had been missed when the question was asked.
 * That instant is all that L1's trust rests on: pub/sub only makes it faster.
 */
export class Watch {
  readonly #shard: Shard
  readonly #l2: L2
  readonly #clock: Clock
  readonly #beat: number
  readonly #events: WatchEvents
  #questions: Question[] = []
  #asking: Promise<void> | undefined
  #askedAt = -Infinity
  #cancelBeat: Cancel | undefined
  readonly #holes: Holes
  #isStopped = false
  readonly #deafness = new Deafness()
  readonly #suspension: Suspension
  readonly #redisTime = new RedisTime()
  readonly #counted: Counted
  /** The server may be another one, though it can't be told. */
  #isSuspect = false

  constructor(
    shard: Shard,
    l2: L2,
    clock: Clock,
    { beat, healWindow }: Pick<Settings, 'beat' | 'healWindow'>,
    events: WatchEvents,
  ) {
    this.#counted = new Counted(healWindow)
    this.#shard = shard
    this.#l2 = l2
    this.#clock = clock
    this.#beat = beat
    this.#events = events
    this.#suspension = new Suspension(clock)
    this.#holes = new Holes(shard, l2, clock, beat, {
      onGap: () => events.onGap(),
      onMissed: () => this.#deafness.missed(),
      onFilled: () => this.#settle(),
      onForeign: () => this.#distrustAndAsk(),
      onError: (error) => events.onError(error),
    })
  }

  start(): void {
    this.ask().catch(() => {}) // reported by #hello; the next beat asks again
    this.#schedule()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelBeat?.()
    this.#holes.stop()
  }

  /**
   * Resolves once a numbering is followed; rejects when the question fails. `isConfirmed`: once Redis
   * has answered within the bound as well; rejects if it does not for a second.
   */
  async known(isConfirmed = false): Promise<void> {
    const { view } = this.#shard
    const until = this.#clock.now() + LONGEST_CONFIRMATION
    // oxlint-disable-next-line no-unmodified-loop-condition -- it is the caller's; the view changes
    while (!view.isReadable || (isConfirmed && view.trustUntil < this.#clock.now())) {
      await this.ask()
      // Who waits gives up too: none is to go on asking for ever.
      if (view.isReadable && this.#clock.now() >= until)
        throw new Error('the beat is not confirmed')
    }
  }

  /** The same, asking again until the instant `until`. */
  async knownBy(until: number): Promise<void> {
    for (;;) {
      try {
        return await this.known()
      } catch (error) {
        if (this.#isStopped || this.#clock.now() >= until) throw error
      }
    }
  }

  /** The instant of this process's clock at which Redis' clock shows `time`; early, never late. */
  localTime(time: number): number {
    return this.#redisTime.local(time)
  }

  /** Asks Redis how far its shard has counted. One question at a time. */
  ask(): Promise<void> {
    this.#asking ??= this.#hello().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /**
   * A connection was made anew, maybe to another server: one that took over shows that by the answer to
   * the question alone, and nothing is read from it before. `isAnonymous`: it never shows it, and so
   * counts as another.
   */
  connected(isAnonymous: boolean): void {
    const { view, reads } = this.#shard
    view.isReconnected = true
    this.#askedAt = -Infinity // what is read waits for the answer
    reads.overtakeAll(Infinity) // what the new connection was asked already is asked again
    if (!isAnonymous) return
    this.#isSuspect = true
    if (view.isKnown) this.#distrust()
  }

  /** The subscription is made anew: whether it is deaf is found out from the start. */
  subscribed(): void {
    this.#deafness.begin()
  }

  onMessage(raw: string): void {
    const message = parseMessage(raw)
    this.#deafness.heard()
    const receipt = message === undefined ? 'foreign' : this.#receive(message)
    if (receipt === 'applied') this.#settle()
    else if (receipt === 'gap') this.#holes.fill()
    else if (receipt === 'foreign') this.#distrustAndAsk()
  }

  /** The next number was an own change's, and is applied here: its message will say nothing new. */
  appliedNext(): void {
    const { view } = this.#shard
    view.advance(view.applied + 1)
    this.#settle()
  }

  /** Looks at the numbers that came with any reply: the sooner a lost message is noticed the better. */
  noticed(meta: Meta | undefined): void {
    const { view } = this.#shard
    if (!view.isKnown) return
    if (meta !== undefined && view.matches(meta)) {
      if (view.local(meta.seq) > view.applied) this.#holes.expect(view.local(meta.seq))
    } else if (meta === undefined || !view.isRetired(meta.inc)) this.#distrustAndAsk()
  }

  #receive(message: NonNullable<ReturnType<typeof parseMessage>>): ReturnType<typeof receive> {
    try {
      return receive(this.#shard, message)
    } catch (error) {
      this.#events.onError(error)
      return 'foreign'
    }
  }

  #distrustAndAsk(): void {
    if (this.#shard.view.isKnown) this.#distrust()
    this.ask().catch(() => {}) // reported by #hello; reads and the next beat ask again
  }

  /** What was asked and expected under the numbering that is left goes with it. */
  #distrust(): void {
    distrust(this.#shard)
    this.#questions = []
    this.#holes.forget()
  }

  #schedule(): void {
    if (this.#isStopped) return
    const delay = this.#beat * (0.9 + 0.2 * this.#clock.random())
    this.#cancelBeat = this.#clock.after(delay, () => {
      if (this.#suspension.wasSince() && this.#shard.view.isKnown) this.#distrust()
      if (this.#deafness.isAtBeat()) this.#events.onDeaf()
      this.ask()
        .catch(() => {}) // reported by #hello
        .finally(() => this.#schedule())
    })
  }

  async #hello(): Promise<void> {
    const left = this.#askedAt + PAUSE - this.#clock.now()
    if (left > 0) await pause(this.#clock, left)
    try {
      const { meta, time, at } = await this.#askAfterFlush()
      this.#redisTime.measure(at, time)
      this.#events.onAnswer()
      this.#answer(meta, at)
    } catch (error) {
      this.#askedAt = this.#clock.now()
      this.#events.onError(error)
      throw error
    }
  }

  /**
   * What was kept while the question was under way, and what the server that answered may lack, has to
   * be in Redis before anything is read there.
   */
  async #askAfterFlush(): Promise<{ meta: Meta; time: number; at: number }> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await this.#events.flush()
      const at = this.#clock.now()
      this.#askedAt = at
      const answer = await this.#l2.hello()
      if (!this.#shard.view.matches(answer.meta)) this.#meet(answer.meta)
      if (!this.#events.isKeeping()) return { ...answer, at }
    }
    throw new TierError('hello', 'the server changes faster than it can be followed')
  }

  /** Another server, or a numbering that was left here: what it may lack is not sent yet. */
  #meet({ inc, seq }: Meta): void {
    if (this.#shard.view.isKnown) this.#distrust()
    this.#events.onOther(this.#isSuspect ? undefined : inc)
    this.#isSuspect = false
    if (!this.#counted.isBehind(seq)) return
    this.#counted.forget()
    this.#events.onDataLoss()
  }

  #answer(meta: Meta, at: number): void {
    const { view } = this.#shard
    this.#counted.note(at, meta.seq)
    view.isReconnected = false
    if (!view.matches(meta)) {
      this.#distrust()
      view.adopt(meta)
      view.confirm(at)
      this.#events.onRebase()
      return
    }
    this.#events.onSameServer(at)
    if (this.#questions.length === MOST_QUESTIONS) this.#questions.shift()
    this.#questions.push({ seq: view.local(meta.seq), at })
    this.#settle()
    if (this.#questions.length > 0) this.#holes.expect(view.local(meta.seq))
  }

  /** Trusts L1 up to the last question whose answer is applied here. */
  #settle(): void {
    const { view } = this.#shard
    while (this.#questions.length > 0 && (this.#questions[0] as Question).seq <= view.applied) {
      const { at } = this.#questions.shift() as Question
      view.confirm(at)
      this.#events.onConfirmed(this.#clock.now() - at)
    }
  }
}
