import { describe } from 'vitest'
import { type Open, overHttp1 } from './ask.ts'
import type { Serve } from './site.ts'
import { Stage } from './stage.ts'
import { answers } from './themes/answers.ts'
import { bodies } from './themes/bodies.ts'
import { exposure } from './themes/exposure.ts'
import { failures } from './themes/failures.ts'
import { sharing } from './themes/sharing.ts'

/** What an adapter can't do, or is asked otherwise, if it is so by its framework. */
export interface Limits {
  /** Whether what is stale is served while it is made anew. @default true */
  readonly refreshes?: boolean
  /** Whether a client can tell a body that was cut off from a whole one. @default true */
  readonly cuts?: boolean
  /** How it is asked. @default overHttp1 */
  readonly open?: Open
}

/**
 * What every adapter does, whatever its framework: asked over sockets, of two instances on one Redis. What is stored
 * and for how long is the business of `@tiercel/http`, which tests it.
 */
export function adapterContract(
  name: string,
  serve: Serve,
  { refreshes = true, cuts = true, open = overHttp1 }: Limits = {},
): void {
  describe(`an adapter for ${name}`, () => {
    const stage = new Stage(name, serve, open)
    sharing(stage)
    answers(stage)
    exposure(stage)
    bodies(stage, cuts)
    failures(stage, refreshes)
  })
}
