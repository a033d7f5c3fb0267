import { ConfigError } from '../errors.ts'
import type { CallOptions } from '../policy.ts'
import type { Found } from './found.ts'

/** Options of `warm`. */
export interface WarmOptions {
  /** Most batches that are loaded at once. @default 4 */
  readonly concurrency?: number
  /** Keys that are loaded together. @default 100 */
  readonly batch?: number
  /** Told after each batch. */
  readonly onProgress?: (progress: WarmProgress) => void
  /** Ends the warming: what is under way is waited for, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** How many keys a warming has asked for, and how they ended. */
export interface WarmProgress {
  readonly asked: number
  /** Keys that have a value in L1 or L2 now. */
  readonly warm: number
  /** Keys that have none. */
  readonly absent: number
  readonly failed: number
}

/** Keys that come one after the other, from memory or from wherever they are listed. */
export type Keys<K = string> = Iterable<K> | AsyncIterable<K>

/** Reads one batch, with the options that are for each of its entries. */
export type WarmBatch<K> = (keys: readonly K[], options: CallOptions) => Promise<Found<unknown>>

/**
 * Reads all of `keys`, in batches, so many at once: no key is asked for before there is a place for its
 * batch, so that a source of millions is never in memory. A key that fails is counted and no reason to stop.
 */
export async function warmThrough<K>(
  keys: Keys<K>,
  read: WarmBatch<K>,
  { concurrency = 4, batch = 100, onProgress, signal, ...each }: WarmOptions & CallOptions = {},
): Promise<WarmProgress> {
  checkCount('concurrency', concurrency)
  checkCount('batch', batch)
  if (typeof keys !== 'object' || keys === null) {
    throw new ConfigError(`keys must be an iterable or an async iterable (got ${typeof keys})`)
  }
  const progress = { asked: 0, warm: 0, absent: 0, failed: 0 }
  const underway = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  try {
    let next: K[] = []
    for await (const key of keys) {
      signal?.throwIfAborted()
      if (failure !== undefined) break
      if (next.push(key) < batch) continue
      begin(next)
      next = []
      if (underway.size >= concurrency) await Promise.race(underway)
    }
    signal?.throwIfAborted()
    if (next.length > 0) begin(next)
  } finally {
    await Promise.all(underway)
  }
  if (failure !== undefined) throw failure.error
  signal?.throwIfAborted()
  return { ...progress }

  function begin(portion: readonly K[]): void {
    const task: Promise<void> = readPortion(portion)
      .catch((error: unknown) => {
        failure ??= { error } // a bad key, a closed cache, or `onProgress` itself
      })
      .finally(() => underway.delete(task))
    underway.add(task)
  }

  async function readPortion(portion: readonly K[]): Promise<void> {
    const { asked, values, errors } = await read(portion, each)
    progress.asked += asked
    progress.warm += values.size
    progress.failed += errors.size
    progress.absent += asked - values.size - errors.size
    onProgress?.({ ...progress })
  }
}

function checkCount(option: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1) return
  throw new ConfigError(`warm: ${option} must be a whole number from 1 (got ${String(value)})`)
}
