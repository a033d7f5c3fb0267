import type { Fields } from './fields.ts'

/** A request, as an adapter hands it over. `Source` is the framework's own, which callbacks are given. */
export interface HttpRequest<Source = unknown> {
  readonly method: string
  /** The target as it was received, with its query: `/products?page=2`. Never decoded, never routed. */
  readonly url: string
  readonly headers: Fields
  readonly scheme: 'http' | 'https'
  /** Names and values in turn as they were received (Node's `rawHeaders`): shows what is there twice. */
  readonly rawHeaders?: readonly string[]
  /** Whether a body comes with it, where its fields need not say so. @default false */
  readonly hasBody?: boolean
  readonly source: Source
}

/** A response to send as it is. Without a `body` there is none to send. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer | undefined
}

/** What becomes of a request: it is answered from the cache, or its handler runs and is recorded. */
export type Decision = ({ readonly kind: 'answer' } & Answer) | Run

/** How the handler is to be run. */
export interface Run {
  readonly kind: 'run'
  /** Is told of the response, as it is written. */
  readonly recorder: Recorder
  /** What the handler should see as the target: parameters of the query that are not keyed are gone. */
  readonly url: string
  /** Fields of the request that the handler should see otherwise; `undefined`: not at all. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/**
 * Hears what a handler answers, in this order: `head`, any number of `write`, then `end` or `abort`. What
 * comes after `end` or `abort` is ignored.
 */
export interface Recorder {
  /** The body is being kept: the handler need not wait for a slow client, whom others would wait for. */
  readonly isKeeping: boolean
  /**
   * The status and all fields, before the first byte leaves. `inherited` are fields that were set before
   * the handler ran, for this client alone: they are not stored where they have not changed.
   */
  head(status: number, fields: Fields, inherited?: Fields): Head
  /** Bytes of the body; they are copied. */
  write(chunk: Uint8Array): void
  /** The body is whole. If there is a promise, the client gets the end of the response when it resolves. */
  end(): Promise<void> | undefined
  /** The body will never be whole: the handler failed, or was cut off. */
  abort(): void
}

/** What the client gets, by what the handler answered. */
export interface Head {
  /** Fields to set on the response. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent instead of what the handler writes, which is still recorded: a 304, or a stale response. */
  readonly instead: Answer | undefined
}

/** Runs the handler behind a reader that was answered: as `run` says, for no client. */
export type Rerun = (run: Run) => void | Promise<void>
