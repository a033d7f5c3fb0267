import { answerWith, notModified } from './answer.ts'
import { parseCacheControl } from './cache-control.ts'
import { type Forward, forwardStatus, withMember } from './cache-status.ts'
import { isAbout, isNotModified } from './conditions.ts'
import { type Fields, fieldOf } from './fields.ts'
import { type FreshnessRules, initialAge, lifetimeOf, staleFor } from './freshness.ts'
import type { Head, Recorder } from './messages.ts'
import { type StaleWindows, staleWindows } from './stale.ts'
import { type Refusal, type StorageRules, declaredLength, whyNotStored } from './storability.ts'
import { type Stored, bodyOf, storedFields } from './stored.ts'

/** How a recording ended. */
export type Recorded =
  | { readonly kind: 'stored'; readonly response: Stored }
  | { readonly kind: 'refused'; readonly why: Refusal }
  /** It says nothing of whether the next one could be stored. */
  | { readonly kind: 'failed'; readonly why: string }

/** What a recording needs to know. */
export interface RecordingParts {
  readonly settings: FreshnessRules & StorageRules & StaleWindows
  readonly cacheName: string | undefined
  readonly forward: Forward
  /** The request of the client, for which the handler's response is made into an answer. */
  readonly method: string
  readonly headers: Fields
  /** What is held and no longer fresh; the handler was asked whether it has changed. */
  readonly stale: Stored | undefined
  /** Whether the response may be stored under the key that was asked for, by its Vary. */
  readonly isKeyed: (fields: Fields) => boolean
  readonly budget: Budget
  readonly settle: (recorded: Recorded) => void
}

/** Bytes that all recordings under way may hold together. */
export class Budget {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  give(bytes: number): void {
    this.#left += bytes
  }
}

/** Not taken from a 304: its date is written anew, and the body is the one that is stored. */
const NOT_OF_304 = ['content-encoding', 'content-range', 'date']

/** Keeps a response while it passes to the client that asked first. */
export class Recording implements Recorder {
  readonly #parts: RecordingParts
  readonly #askedAt = Date.now()
  #chunks: Uint8Array[] = []
  #size = 0
  #kept: Omit<Stored, 'body'> | undefined
  #expected: number | undefined
  #isOver = false

  constructor(parts: RecordingParts) {
    this.#parts = parts
  }

  get isKeeping(): boolean {
    return !this.#isOver
  }

  head(status: number, fields: Fields, inherited: Fields = {}): Head {
    const { stale } = this.#parts
    const now = Date.now()
    if (status >= 500) {
      this.#settle({ kind: 'failed', why: `status ${status}` })
      const isServed = stale !== undefined && staleFor(stale, now) < stale.ifError
      return isServed ? this.#instead(stale, 'stale-if-error') : this.#passed(fields, 'status')
    }
    if (status === 304 && stale !== undefined && isAbout(fields, stale.headers)) {
      return this.#validated(stale, fields, inherited, now)
    }
    const why = this.#keep(status, fields, inherited, now)
    if (why !== undefined) this.#settle({ kind: 'refused', why })
    const passed = this.#passed(fields, why)
    // The handler was not told of the client's condition.
    if (status !== 200 || !isNotModified(this.#parts.headers, fields)) return passed
    const answer = notModified({ ...storedFields(fields, {}, []), ...passed.headers })
    const { 'set-cookie': cookies } = storedFields(fields, inherited, [])
    const headers = { ...answer.headers, ...(cookies !== undefined && { 'set-cookie': cookies }) }
    return { headers: {}, instead: { ...answer, headers } }
  }

  write(chunk: Uint8Array): void {
    if (this.#isOver || chunk.byteLength === 0) return
    const size = this.#size + chunk.byteLength
    if (size > this.#parts.settings.maxBodyBytes || !this.#parts.budget.take(chunk.byteLength)) {
      this.#settle({ kind: 'refused', why: 'too-large' })
      return
    }
    this.#size = size
    this.#chunks.push(Buffer.from(chunk)) // its owner may use the memory again
  }

  end(): undefined {
    if (this.#kept === undefined) this.abort()
    else if (this.#expected !== undefined && this.#expected !== this.#size) {
      this.#settle({ kind: 'failed', why: 'the body is not as long as it says' })
    } else {
      this.#settle({ kind: 'stored', response: { ...this.#kept, body: this.#body() } })
    }
  }

  abort(): void {
    this.#settle({ kind: 'failed', why: 'the body is not whole' })
  }

  /** In memory of its own: a small part of a pool would keep the whole pool for as long as it is cached. */
  #body(): Buffer {
    const body = Buffer.allocUnsafeSlow(this.#size)
    let at = 0
    for (const chunk of this.#chunks) {
      body.set(chunk, at)
      at += chunk.byteLength
    }
    return body
  }

  /** Keeps a head that may be stored; else says why not. */
  #keep(status: number, fields: Fields, inherited: Fields, now: number): Refusal | undefined {
    const { settings, isKeyed } = this.#parts
    const directives = parseCacheControl(fieldOf(fields, 'cache-control'))
    const why = whyNotStored(status, fields, directives, settings)
    if (why !== undefined) return why
    const lifetime = lifetimeOf(status, fields, directives, settings, now)
    const age = initialAge(fields, this.#askedAt, now)
    if (lifetime <= age) return 'not-fresh'
    if (!isKeyed(fields)) return 'not-keyed'
    const headers = storedFields(
      fields,
      inherited,
      settings.setCookie === 'remove' ? ['set-cookie'] : [],
    )
    this.#kept = { status, headers, at: now, age, lifetime, ...staleWindows(directives, settings) }
    this.#expected = declaredLength(fields)
    return undefined
  }

  /** What was stored is still right, and stays stored if the 304 does not say otherwise. */
  #validated(stale: Stored, fields: Fields, inherited: Fields, now: number): Head {
    const { settings, isKeyed } = this.#parts
    const response = this.#freshened(stale, fields, inherited, now)
    const { 'set-cookie': cookie, ...shared } = response.headers
    const said = { ...shared, 'set-cookie': fields['set-cookie'] }
    const directives = parseCacheControl(fieldOf(said, 'cache-control'))
    let why = whyNotStored(stale.status, said, directives, settings)
    if (why === undefined && response.age >= response.lifetime) why = 'not-fresh'
    if (why === undefined && !isKeyed(said)) why = 'not-keyed'
    const isOfAll = settings.setCookie === 'keep' || cookie === undefined
    const kept = isOfAll ? response : { ...response, headers: shared }
    this.#settle(why === undefined ? { kind: 'stored', response: kept } : { kind: 'refused', why })
    return this.#instead(response, 'validated')
  }

  /**
   * What is stored with the fields of a 304 that says that it is still right (RFC 9111 §4.3.4), those left out that
   * say how its body is written.
   */
  #freshened(stale: Stored, fields: Fields, inherited: Fields, now: number): Stored {
    const { settings } = this.#parts
    const headers = { ...stale.headers, ...storedFields(fields, inherited, NOT_OF_304) }
    const directives = parseCacheControl(fieldOf(headers, 'cache-control'))
    return {
      ...stale,
      headers: { ...headers, date: fieldOf(fields, 'date') ?? new Date(now).toUTCString() },
      body: bodyOf(stale),
      at: now,
      age: initialAge(fields, this.#askedAt, now),
      lifetime: lifetimeOf(
        stale.status,
        { ...headers, date: fields.date },
        directives,
        settings,
        now,
      ),
      ...staleWindows(directives, settings),
    }
  }

  #instead(stored: Stored, detail: string): Head {
    const { method, headers, cacheName } = this.#parts
    const answer = answerWith(stored, { method, headers, now: Date.now(), cacheName, detail })
    return { headers: {}, instead: answer }
  }

  #passed(fields: Fields, why: Refusal | undefined): Head {
    const { cacheName, forward } = this.#parts
    if (cacheName === undefined) return { headers: {}, instead: undefined }
    const member = forwardStatus(cacheName, forward, why === undefined, why)
    return {
      headers: { 'cache-status': withMember(fieldOf(fields, 'cache-status'), member) },
      instead: undefined,
    }
  }

  #settle(recorded: Recorded): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.budget.give(this.#size)
    this.#chunks = []
    this.#parts.settle(recorded)
  }
}
