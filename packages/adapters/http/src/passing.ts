import { type Forward, forwardStatus, withMember } from './cache-status.ts'
import { type Fields, fieldOf } from './fields.ts'
import type { Head, Recorder } from './messages.ts'

const NOTHING: Head = { headers: {}, instead: undefined }

/** Lets a response pass that is not stored. */
export class Passing implements Recorder {
  readonly #name: string | undefined
  readonly #forward: Forward

  constructor(name: string | undefined, forward: Forward) {
    this.#name = name
    this.#forward = forward
  }

  head(_status: number, fields: Fields): Head {
    if (this.#name === undefined) return NOTHING
    const member = forwardStatus(this.#name, this.#forward, false)
    return {
      headers: { 'cache-status': withMember(fieldOf(fields, 'cache-status'), member) },
      instead: undefined,
    }
  }

  write(): void {}

  end(): undefined {}

  abort(): void {}
}
