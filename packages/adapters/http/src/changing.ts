import { type Fields, fieldOf } from './fields.ts'
import type { Answer, Head, Recorder } from './messages.ts'
import { Passing } from './passing.ts'

type Invalidate = (status: number, headers: Answer['headers']) => Promise<void>

/**
 * Lets the response of an unsafe method pass, and invalidates what it may have changed before the client has the
 * end of it: who reads after that reads what was written. A response that says that it failed changes nothing.
 */
export class Changing implements Recorder {
  readonly isKeeping = false
  readonly #passing: Passing
  readonly #invalidate: Invalidate
  #status = 200
  #headers: Record<string, string> = {}

  constructor(cacheName: string | undefined, invalidate: Invalidate) {
    this.#passing = new Passing(cacheName, 'method')
    this.#invalidate = invalidate
  }

  head(status: number, fields: Fields): Head {
    this.#status = status
    for (const name of Object.keys(fields)) {
      const value = fieldOf(fields, name)
      if (value !== undefined) this.#headers[name] = value
    }
    return this.#passing.head(status, fields)
  }

  write(): void {}

  end(): Promise<void> | undefined {
    return this.#status >= 400 ? undefined : this.#changed()
  }

  /** It may have changed what it wanted to before it was cut off. */
  abort(): void {
    void this.#changed()
  }

  async #changed(): Promise<void> {
    try {
      await this.#invalidate(this.#status, this.#headers)
    } catch (error) {
      // The client's response is not to blame, and what its author wrote wrong must not stay unseen.
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }
}
