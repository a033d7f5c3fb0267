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
  | { readonly kind: 'stored'; readonly response: Stored; readonly vary: Fields }
  | { readonly kind: 'refused'; readonly why: Refusal; readonly vary: Fields }
  | { readonly kind: 'failed'; readonly status: number }

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
  readonly now: () => number
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

/** Keeps a response while it passes to the client that asked first. */
export class Recording implements Recorder {
  readonly #parts: RecordingParts
  readonly #askedAt: number
  #chunks: Uint8Array[] = []
  #size = 0
  #kept: Omit<Stored, 'body'> | undefined
  #vary: Fields = {}
  #expected: number | undefined
  #isOver = false

  constructor(parts: RecordingParts) {
    this.#parts = parts
    this.#askedAt = parts.now()
  }

  head(status: number, fields: Fields, inherited: Fields = {}): Head {
    const { settings, stale, isKeyed, headers, now } = this.#parts
    const at = now()
    this.#vary = fields
    if (status >= 500 && stale !== undefined && staleFor(stale, at) < stale.ifError) {
      this.#settle({ kind: 'failed', status })
      return this.#instead(stale, 'stale-if-error')
    }
    if (status === 304 && stale !== undefined && isAbout(fields, stale.headers)) {
      const response = this.#freshened(stale, fields, inherited, at)
      if (response.lifetime > response.age) {
        this.#settle({ kind: 'stored', response, vary: response.headers })
        return this.#instead(response, 'validated')
      }
      this.#settle({ kind: 'refused', why: 'not-fresh', vary: fields })
      return this.#instead(response, 'validated')
    }
    const directives = parseCacheControl(fieldOf(fields, 'cache-control'))
    const lifetime = lifetimeOf(status, fields, directives, settings, at)
    const age = initialAge(fields, this.#askedAt, at)
    const why =
      whyNotStored(status, fields, directives, settings) ??
      (isKeyed(fields) ? undefined : 'vary') ??
      (lifetime > age ? undefined : 'not-fresh')
    if (status >= 500) this.#settle({ kind: 'failed', status })
    else if (why !== undefined) this.#refuse(why)
    else {
      const removed = settings.setCookie === 'remove' ? ['set-cookie'] : []
      const stored = storedFields(fields, inherited, removed)
      this.#kept = {
        status,
        headers: stored,
        at,
        age,
        lifetime,
        ...staleWindows(directives, settings),
      }
      this.#expected = this.#parts.method === 'HEAD' ? undefined : declaredLength(fields)
    }
    const passed = this.#headers(fields, why === undefined && status < 500, why)
    const isMatch = status === 200 && this.#kept !== undefined && isNotModified(headers, fields)
    const instead = isMatch ? notModified({ ...this.#kept?.headers, ...passed }) : undefined
    return { headers: passed, instead }
  }

  write(chunk: Uint8Array): void {
    if (this.#isOver || chunk.byteLength === 0) return
    const size = this.#size + chunk.byteLength
    if (size > this.#parts.settings.maxBodyBytes || !this.#parts.budget.take(chunk.byteLength)) {
      this.#refuse('too-large')
      return
    }
    this.#size = size
    this.#chunks.push(chunk)
  }

  end(): undefined {
    if (this.#isOver) return
    if (this.#kept === undefined) this.#refuse('aborted')
    else if (this.#expected !== undefined && this.#expected !== this.#size) this.#refuse('length')
    else {
      const [only] = this.#chunks
      const body =
        this.#chunks.length === 1 ? (only as Uint8Array) : Buffer.concat(this.#chunks, this.#size)
      this.#settle({ kind: 'stored', response: { ...this.#kept, body }, vary: this.#vary })
    }
  }

  abort(): void {
    this.#refuse('aborted')
  }

  /** What is stored with the fields of a 304 that says that it is still right (RFC 9111 §4.3.4). */
  #freshened(stale: Stored, fields: Fields, inherited: Fields, at: number): Stored {
    const { settings } = this.#parts
    const headers = { ...stale.headers, ...storedFields(fields, inherited, ['set-cookie']) }
    const directives = parseCacheControl(fieldOf(headers, 'cache-control'))
    const dated = { ...headers, date: fieldOf(fields, 'date') }
    return {
      ...stale,
      headers,
      at,
      age: initialAge(fields, this.#askedAt, at),
      lifetime: lifetimeOf(stale.status, dated, directives, settings, at),
      ...staleWindows(directives, settings),
      body: bodyOf(stale),
    }
  }

  #instead(stored: Stored, detail: string): Head {
    const { method, headers, now, cacheName } = this.#parts
    const answer = answerWith(stored, { method, headers, now: now(), cacheName, detail })
    return { headers: {}, instead: answer }
  }

  #headers(fields: Fields, isStored: boolean, why: Refusal | undefined): Record<string, string> {
    const { cacheName, forward } = this.#parts
    if (cacheName === undefined) return {}
    const member = forwardStatus(cacheName, forward, isStored, why)
    return { 'cache-status': withMember(fieldOf(fields, 'cache-status'), member) }
  }

  #refuse(why: Refusal): void {
    this.#settle({ kind: 'refused', why, vary: this.#vary })
  }

  #settle(recorded: Recorded): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#parts.budget.give(this.#size)
    this.#chunks = []
    this.#parts.settle(recorded)
  }
}
