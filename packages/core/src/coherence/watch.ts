import { parseMessage } from '../bus.ts'
import type { Cancel, Clock } from '../clock.ts'
import type { Settings } from '../settings.ts'
import type { Shard } from '../shard.ts'
import type { L2, Meta } from '../tiers.ts'
import { distrust } from './apply.ts'
import { RedisTime } from './redis-time.ts'
import { Counted } from './counted.ts'
import { Deafness } from './deafness.ts'
import { catchUp, receive } from './sequence.ts'
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
  /** Another numbering is followed; `isNewServer`: it may have lost what was invalidated last. */
  onRebase(isNewServer: boolean): void
  /** That server lacks more than its writers remember. */
  onDataLoss(): void
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

/** How long a message may be behind an answer before it counts as lost. */
const GRACE = 100
/** Least time between two questions, so that a burst of foreign messages asks once. */
const PAUSE = 50
const MOST_QUESTIONS = 16
/** How long is asked for the confirmation of what is known, in ms. */
const LONGEST_CONFIRMATION = 1_000

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
  #isCatchingUp = false
  /** A gap was seen while the log was asked about an earlier one. */
  #isGapAfter = false
  #cancelBeat: Cancel | undefined
  #cancelGrace: Cancel | undefined
  /** The highest number that was seen while messages had a moment to arrive. */
  #expected = 0
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
  }

  start(): void {
    this.ask().catch(() => {}) // reported by #hello; the next beat asks again
    this.#schedule()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelBeat?.()
    this.#cancelGrace?.()
  }

  /**
   * Resolves once a numbering is followed; rejects when the question fails. `isConfirmed`: once Redis
   * has answered within the bound as well; rejects if it does not for a second.
   */
  async known(isConfirmed = false): Promise<void> {
    const { view } = this.#shard
    const until = this.#clock.now() + LONGEST_CONFIRMATION
    // oxlint-disable-next-line no-unmodified-loop-condition -- it is the caller's; the view changes
    while (!view.isKnown || (isConfirmed && view.trustUntil < this.#clock.now())) {
      await this.ask()
      // Who waits gives up too: none is to go on asking for ever.
      if (view.isKnown && this.#clock.now() >= until) throw new Error('the beat is not confirmed')
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

  /** A connection was made anew, and nobody can tell to which server: it counts as another. */
  suspectServer(): void {
    this.#isSuspect = true
    if (this.#shard.view.isKnown) this.#distrust()
  }

  onMessage(raw: string): void {
    const message = parseMessage(raw)
    this.#deafness.heard()
    const receipt = message === undefined ? 'foreign' : this.#receive(message)
    if (receipt === 'applied') this.#settle()
    else if (receipt === 'gap') {
      this.#events.onGap()
      this.#catchUp()
    } else if (receipt === 'foreign') this.#distrustAndAsk()
  }

  /** Looks at the numbers that came with any reply: the sooner a lost message is noticed the better. */
  noticed(meta: Meta | undefined): void {
    const { view } = this.#shard
    if (!view.isKnown) return
    if (meta !== undefined && view.matches(meta)) {
      if (view.local(meta.seq) > view.applied) this.#expect(view.local(meta.seq))
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
    this.#cancelGrace?.()
    this.#cancelGrace = undefined
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
    const pause = this.#askedAt + PAUSE - this.#clock.now()
    if (pause > 0) await new Promise<void>((resolve) => this.#clock.after(pause, resolve))
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

  /** What was kept while the question was under way has to be in Redis before anything is read there. */
  async #askAfterFlush(): Promise<{ meta: Meta; time: number; at: number }> {
    for (;;) {
      await this.#events.flush()
      const at = this.#clock.now()
      this.#askedAt = at
      const answer = await this.#l2.hello()
      if (!this.#events.isKeeping()) return { ...answer, at }
    }
  }

  #answer(meta: Meta, at: number): void {
    const { view } = this.#shard
    if (!view.matches(meta)) {
      // Also with another line: a server that is behind may bring one back, and what it had with it.
      const isNewServer = view.line !== '' && (this.#isSuspect || !view.isRetired(meta.inc))
      const isBehind = this.#counted.isBehind(meta.seq)
      this.#isSuspect = false
      this.#distrust()
      view.adopt(meta)
      view.confirm(at)
      this.#events.onRebase(isNewServer)
      if (isBehind) this.#events.onDataLoss()
      if (isBehind) this.#counted.forget()
      this.#counted.note(at, meta.seq)
      return
    }
    this.#counted.note(at, meta.seq)
    this.#events.onSameServer(at)
    if (this.#questions.length === MOST_QUESTIONS) this.#questions.shift()
    this.#questions.push({ seq: view.local(meta.seq), at })
    this.#settle()
    if (this.#questions.length > 0) this.#expect(view.local(meta.seq))
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

  /** Gives the messages up to `seq` a moment to arrive, then fetches them. */
  #expect(seq: number): void {
    if (this.#isStopped) return
    if (this.#cancelGrace !== undefined) {
      this.#expected = Math.max(this.#expected, seq)
      return
    }
    this.#expected = seq
    this.#cancelGrace = this.#clock.after(Math.min(GRACE, this.#beat / 2), () => {
      this.#cancelGrace = undefined
      const { view } = this.#shard
      if (!view.isKnown) return // given up: the next answer begins anew
      if (view.applied >= seq) {
        if (view.applied < this.#expected) this.#expect(this.#expected) // seen while this one waited
        return
      }
      this.#deafness.missed()
      this.#events.onGap()
      this.#catchUp()
    })
  }

  #catchUp(): void {
    if (this.#isCatchingUp) {
      this.#isGapAfter = true
      return
    }
    this.#isCatchingUp = true
    this.#isGapAfter = false
    catchUp(this.#shard, this.#l2)
      .then(
        (isSame) => {
          if (isSame) this.#settle()
          else this.#distrustAndAsk()
        },
        (error: unknown) => this.#events.onError(error), // the next beat finds the gap again
      )
      .finally(() => {
        this.#isCatchingUp = false
        // What was heard meanwhile may lie beyond what the log could tell when it was asked.
        if (this.#isGapAfter && this.#shard.view.hasGap && !this.#isStopped) this.#catchUp()
      })
  }
}
