import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../clock.ts'
import { WriteTimeoutError } from '../errors.ts'
import type { SourceWrite, WriteSource } from './source-writer.ts'

/** A call whose signal was aborted is given as long again to notice, before it counts as failed. */
const TO_NOTICE = 1

const current = new AsyncLocalStorage<{ isOver: boolean }>()

/** Whether this is done by a `write` that is under way: it may use the cache while `close` waits for it. */
export function isInWrite(): boolean {
  return current.getStore()?.isOver === false
}

/**
 * Calls the user's `write`, which has `timeout` milliseconds and then, aborted, as long again to settle:
 * the same keys are not written anew while it may be at them.
 *
 * @returns the errors of those writes that failed by themselves
 */
export async function callSource(
  clock: Clock,
  write: WriteSource<unknown>,
  writes: readonly SourceWrite[],
  timeout: number,
  abort: AbortController,
): Promise<ReadonlyMap<string, unknown>> {
  const late = new WriteTimeoutError(timeout)
  const call = { isOver: false }
  const failed = await new Promise<Awaited<ReturnType<WriteSource<unknown>>>>((resolve, reject) => {
    let cancel = clock.after(timeout, () => {
      abort.abort(late)
      cancel = clock.after(timeout * TO_NOTICE, () => reject(late))
    })
    new Promise<Awaited<ReturnType<WriteSource<unknown>>>>((settle) => {
      settle(current.run(call, write, writes, { signal: abort.signal }) as never)
    })
      .then(resolve, reject)
      .finally(() => {
        call.isOver = true
        cancel()
      })
  })
  return new Map(failed ?? [])
}
