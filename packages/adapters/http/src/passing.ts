import { type Forward, forwardStatus, withMember } from './cache-status.ts'
import { type Fields, fieldOf } from './fields.ts'
import type { Head, HttpRequest, Recorder, Run } from './messages.ts'

const NOTHING: Head = { headers: {}, instead: undefined }

/** Lets a response pass that is not stored. */
export class Passing implements Recorder {
  readonly isKeeping = false
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

/** The handler runs, and what it answers is not stored. */
export function passed({ url }: HttpRequest, cacheName: string | undefined, forward: Forward): Run {
  return runWith(new Passing(cacheName, forward), url)
}

/** The handler runs and sees the request as it is. */
export function runWith(recorder: Recorder, url: string): Run {
  return { kind: 'run', recorder, url, headers: {} }
}
