import type { Cache } from '@tiercel/core'
import type { Body } from './json.ts'
import type { ManagementSettings, Role } from './options.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>

/** A parameter of the query. */
export interface Parameter {
  readonly description: string
  readonly schema: Schema
  /** @default false */
  readonly isRequired?: boolean
  /** Whether it may come more than once. @default false */
  readonly isRepeated?: boolean
}

/** A request that was let in, with its parameters. */
export interface Call {
  readonly cache: Cache
  readonly settings: ManagementSettings
  readonly request: Request
  /** What the path of every route begins with. */
  readonly mount: string
  /** Ends when the client leaves, or the time is over. */
  readonly signal: AbortSignal
  readonly query: Readonly<Record<string, readonly string[]>>
  readonly body: Body
}

/** One thing that can be done, and how the OpenAPI document describes it. */
export interface Operation {
  readonly id: string
  readonly method: Method
  readonly path: string
  readonly needs: Role
  readonly summary: string
  readonly query?: Readonly<Record<string, Parameter>>
  readonly body?: Schema
  readonly answer: Schema
  /** What is answered, as JSON. Throws a `Problem`, or an error of core. */
  readonly run: (call: Call) => unknown
}

/** The only value of a parameter, if it was given. */
export function first({ query }: Pick<Call, 'query'>, name: string): string | undefined {
  return query[name]?.[0]
}

/** The value of a parameter that is required. */
export function required(call: Pick<Call, 'query'>, name: string): string {
  return first(call, name) as string // the dispatcher has seen that it is there
}

export const OBJECT: Schema = { type: 'object' }
export const RECEIPT: Schema = {
  type: 'object',
  required: ['receipt'],
  properties: {
    receipt: {
      enum: ['everywhere', 'here'],
      description:
        'Whether all instances have it, or this one, which tells the others once Redis is back',
    },
  },
}
