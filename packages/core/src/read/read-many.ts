import type { Context } from '../context.ts'
import { Gather } from '../load/gather.ts'
import type { BulkLoader } from '../load/loader.ts'
import type { Policies, Policy } from '../policy.ts'
import type { Reader } from './read.ts'
import type { Shard } from '../shard.ts'

/** A read of keys that L1 could not answer at once. */
export interface ReadManyRequest {
  readonly keys: readonly string[]
  readonly shardOf: (key: string) => Shard
  /** Absent: what is not there is not loaded. */
  readonly loader: BulkLoader<unknown> | undefined
  /** Most keys in one call of the loader. */
  readonly maxBatch: number
  readonly policyOf: (key: string) => Policy
  readonly policies: Policies
}

/** A bulk loader in terms of the keys of the namespace `prefix`. */
export function unprefixed(loader: BulkLoader<unknown>, prefix: string): BulkLoader<unknown> {
  if (prefix === '') return loader
  return async (names, context) => {
    const answer = await loader(
      names.map((name) => name.slice(prefix.length)),
      context,
    )
    return [...answer].map(([key, value]) => [prefix + key, value] as const)
  }
}

/**
 * The read path for many keys: each goes its own way, by its own flight and its own fence, but they
 * share the round trips and the runs of the bulk loader.
 *
 * @returns how each read ended, in the order of `keys`
 */
export function readManyThrough(
  context: Context,
  reader: Reader,
  { keys, shardOf, loader, maxBatch, policyOf, policies }: ReadManyRequest,
): Promise<readonly PromiseSettledResult<unknown>[]> {
  const gather = loader && new Gather(context, loader, maxBatch, keys)
  const reads = keys.map((key) => {
    const leaveOut = (): void => gather?.leaveOut(key)
    const read = reader.read({
      shard: shardOf(key),
      key,
      loader: gather?.load,
      policy: policyOf(key),
      policies,
      isGathered: true,
      onWait: leaveOut,
    })
    read.then(leaveOut, leaveOut)
    return read
  })
  return Promise.allSettled(reads)
}
