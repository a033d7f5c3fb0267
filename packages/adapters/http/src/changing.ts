import type { Fields } from './fields.ts'
import type { Head, Recorder } from './messages.ts'
import { Passing } from './passing.ts'

/**
 * Lets the response of an unsafe method pass, and invalidates what it may have changed before the client has the
 * end of it: who reads after that reads what was written.
 */
export class Changing implements Recorder {
  readonly #passing: Passing
  readonly #invalidate: (status: number, fields: Fields) => Promise<void>
  #status = 0
  #fields: Fields = {}

  constructor(
    cacheName: string | undefined,
    invalidate: (status: number, fields: Fields) => Promise<void>,
  ) {
    this.#passing = new Passing(cacheName, 'method')
    this.#invalidate = invalidate
  }

  head(status: number, fields: Fields): Head {
    this.#status = status
    this.#fields = fields
    return this.#passing.head(status, fields)
  }

  write(): void {}

  end(): Promise<void> {
    return this.#invalidate(this.#status, this.#fields)
  }

  /** What was changed before the handler was cut off is changed. */
  abort(): void {
    void this.#invalidate(this.#status || 200, this.#fields)
  }
}
