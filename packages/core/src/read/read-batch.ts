import type { Clock } from '../clock.ts'
import { Flight } from '../flights.ts'
import type { Policy } from '../policy.ts'
import { TickBatch } from '../tick-batch.ts'
import type { L2, L2Read } from '../tiers.ts'

/** What a read has to know of who asked. */
export type FindPolicy = Pick<Policy, 'tags' | 'family' | 'ttl' | 'earlyRefresh'>

/** A read of one key from L2, under way. */
export class ReadFlight extends Flight<unknown> {
  /** Tags whose records are read along. */
  tags: readonly string[]
  /** How the bytes that are found become a value, and when it is refreshed. */
  readonly policy: FindPolicy
  /** How often it was overtaken and sent again. */
  attempts = 0
  settle!: (found: unknown) => void

  constructor(key: string, at: number, policy: FindPolicy) {
    super(key, at)
    this.tags = policy.tags
    this.policy = policy
  }
}

const NO_TAGS: readonly string[] = Object.freeze([])

/** Most keys in one read, so that a batch can't hold the server. */
const MOST_KEYS = 256

/** Takes what one read brought for one flight; `records` has an answer for each of its tags. */
export type OnRead = (
  flight: ReadFlight,
  reply: L2Read,
  frame: Buffer | null,
  records: ReadonlyMap<string, number | undefined>,
  sentAt: number,
) => void

/**
 * Joins the reads of one tick into one command, in which every tag is named once. A batch is one
 * atomic step of Redis, so that all its values carry the same stamp.
 */
export class ReadBatch {
  readonly #l2: L2
  readonly #clock: Clock
  readonly #onRead: OnRead
  readonly #onError: (flight: ReadFlight, error: unknown) => void
  readonly #batch: TickBatch<ReadFlight> = new TickBatch(MOST_KEYS, (flights) =>
    this.#send(flights),
  )

  constructor(
    l2: L2,
    clock: Clock,
    onRead: OnRead,
    onError: (flight: ReadFlight, error: unknown) => void,
  ) {
    this.#l2 = l2
    this.#clock = clock
    this.#onRead = onRead
    this.#onError = onError
  }

  add(flight: ReadFlight): void {
    this.#batch.add(flight)
  }

  #send(flights: readonly ReadFlight[]): void {
    const keys: string[] = []
    const tags = new Set<string>()
    for (const flight of flights) {
      keys.push(flight.key)
      for (const tag of flight.tags) tags.add(tag)
    }
    const names = tags.size === 0 ? NO_TAGS : [...tags]
    const sentAt = this.#clock.now()
    this.#l2.read(keys, names).then(
      (reply) => {
        const records = recordsOf(names, reply)
        for (let i = 0; i < flights.length; i++) {
          this.#onRead(flights[i] as ReadFlight, reply, reply.frames[i] ?? null, records, sentAt)
        }
      },
      (error: unknown) => {
        for (const flight of flights) this.#onError(flight, error)
      },
    )
  }
}

const NO_RECORDS: ReadonlyMap<string, number | undefined> = new Map()

function recordsOf(
  tags: readonly string[],
  reply: L2Read,
): ReadonlyMap<string, number | undefined> {
  return tags.length === 0 ? NO_RECORDS : new Map(tags.map((tag, i) => [tag, reply.records[i]]))
}
