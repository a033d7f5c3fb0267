import { type TripRecord, tripChannel } from './channels.ts'
import type { Clock } from './clock.ts'
import { Deadline } from './deadline.ts'
import { TierError } from './errors.ts'
import type { L2, Scanned } from './tiers.ts'

/** When the breaker opens: so many failures one after the other, or half of the last so many calls. */
const FAILURES_IN_A_ROW = 5
const WINDOW = 20

/** What the guard tells of the tier. */
export interface GuardListener {
  onState(state: 'open' | 'closed', error?: unknown): void
  onError(error: unknown): void
  /** A request ended; told only while somebody listens. */
  onTrip(operation: string, outcome: TripRecord['outcome'], ms: number): void
}

/**
 * An L2 around an L2, in which nothing waits longer than the timeout, and nothing waits at all while
 * the breaker is open. Only `hello` passes an open breaker: the beat is the probe, and its success
 * closes it.
 */
export class GuardedL2 implements L2 {
  readonly #l2: L2
  readonly #clock: Clock
  readonly #deadline: Deadline
  readonly #listener: GuardListener
  #isOpen = false
  #row = 0
  /** The last calls, one bit each: 1 is a failure. */
  #window = 0

  readonly replicated: (() => Promise<boolean>) | undefined

  /** `replication`: how long the server itself waits for its replicas. */
  constructor(l2: L2, clock: Clock, timeout: number, listener: GuardListener, replication = 0) {
    this.#l2 = l2
    this.#clock = clock
    this.#deadline = new Deadline(clock, timeout)
    const { replicated } = l2
    if (replicated !== undefined) {
      const longer = new Deadline(clock, timeout + replication)
      this.replicated = () => this.#watch('wait', replicated(), longer)
    }
    this.#listener = listener
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  async hello(): ReturnType<L2['hello']> {
    const reply = await this.#watch('hello', this.#l2.hello())
    if (this.#isOpen) {
      this.#isOpen = false
      this.#window = 0
      this.#listener.onState('closed')
    }
    return reply
  }

  read(...args: Parameters<L2['read']>): ReturnType<L2['read']> {
    return this.#isOpen ? refused('read') : this.#watch('read', this.#l2.read(...args))
  }

  acquire(...args: Parameters<L2['acquire']>): ReturnType<L2['acquire']> {
    return this.#isOpen ? refused('acquire') : this.#watch('acquire', this.#l2.acquire(...args))
  }

  fill(...args: Parameters<L2['fill']>): ReturnType<L2['fill']> {
    return this.#isOpen ? refused('fill') : this.#watch('fill', this.#l2.fill(...args))
  }

  extend(...args: Parameters<L2['extend']>): ReturnType<L2['extend']> {
    return this.#isOpen ? refused('extend') : this.#watch('extend', this.#l2.extend(...args))
  }

  release(...args: Parameters<L2['release']>): ReturnType<L2['release']> {
    return this.#isOpen ? refused('release') : this.#watch('release', this.#l2.release(...args))
  }

  /** Passes an open breaker as `hello` does: what was kept while Redis was away goes first. */
  change(...args: Parameters<L2['change']>): ReturnType<L2['change']> {
    return this.#watch('change', this.#l2.change(...args))
  }

  swap(...args: Parameters<L2['swap']>): ReturnType<L2['swap']> {
    return this.#isOpen ? refused('swap') : this.#watch('swap', this.#l2.swap(...args))
  }

  count(...args: Parameters<L2['count']>): ReturnType<L2['count']> {
    return this.#isOpen ? refused('count') : this.#watch('count', this.#l2.count(...args))
  }

  replay(...args: Parameters<L2['replay']>): ReturnType<L2['replay']> {
    return this.#isOpen ? refused('replay') : this.#watch('replay', this.#l2.replay(...args))
  }

  scan(...args: Parameters<NonNullable<L2['scan']>>): Promise<Scanned> {
    if (this.#isOpen) return refused('scan')
    const scanned = this.#l2.scan?.(...args)
    return scanned === undefined
      ? Promise.reject(new TierError('scan', 'this tier cannot be looked through'))
      : this.#watch('scan', scanned)
  }

  /** Runs another operation of the tier under the same rules. */
  around<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return this.#isOpen ? refused(operation) : this.#watch(operation, call())
  }

  #watch<T>(operation: string, call: Promise<T>, deadline: Deadline = this.#deadline): Promise<T> {
    const began = tripChannel.hasSubscribers ? this.#clock.now() : NaN
    return new Promise<T>((resolve, reject) => {
      deadline.watch(
        call,
        (reply) => {
          this.#row = 0
          this.#window = (this.#window << 1) & WINDOW_BITS
          this.#tell(operation, 'answered', began)
          resolve(reply)
        },
        (cause) => {
          const { message } = cause as Error
          const error =
            cause instanceof TierError ? cause : new TierError(operation, message, { cause })
          this.#listener.onError(error)
          this.#tell(operation, 'failed', began)
          if (!OF_THE_COMMAND.test(message)) this.#fail(error)
          reject(error)
        },
        () => new TierError(operation, `no answer within ${deadline.timeout} ms`),
      )
    })
  }

  #tell(operation: string, outcome: TripRecord['outcome'], began: number): void {
    if (Number.isNaN(began)) return // nobody listened when it began
    this.#listener.onTrip(operation, outcome, this.#clock.now() - began)
  }

  #fail(error: unknown): void {
    this.#row++
    this.#window = ((this.#window << 1) | 1) & WINDOW_BITS
    if (this.#isOpen || (this.#row < FAILURES_IN_A_ROW && ones(this.#window) < WINDOW / 2)) return
    this.#isOpen = true
    this.#listener.onState('open', error)
  }
}

/** Redis answers, and refuses this command alone: no reason to do without it. */
const OF_THE_COMMAND = /^(OOM|WRONGTYPE|TOOMANY) /
const WINDOW_BITS = (1 << WINDOW) - 1

// One error for all, since an outage refuses thousands of calls a second.
function refused(operation: string): Promise<never> {
  return Promise.reject((REFUSED[operation] ??= new TierError(operation, 'the breaker is open')))
}
const REFUSED: Record<string, TierError> = {}

function ones(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}
