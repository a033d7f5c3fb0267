import { BulkLoadError } from '../errors.ts'

/** How a read of many keys ended: those that are absent are in neither. */
export interface Found<T> {
  /** How many keys were asked for, each counted once. */
  readonly asked: number
  readonly values: Map<string, T>
  readonly errors: ReadonlyMap<string, unknown>
}

/** @throws {BulkLoadError} if a key failed */
export function unlessFailed<T>({ values, errors }: Found<T>): Map<string, T> {
  if (errors.size > 0) throw new BulkLoadError(values, errors)
  return values
}

export function settled<T>({ values, errors }: Found<T>): Map<string, PromiseSettledResult<T>> {
  const results = new Map<string, PromiseSettledResult<T>>()
  for (const [key, value] of values) results.set(key, { status: 'fulfilled', value })
  for (const [key, reason] of errors) results.set(key, { status: 'rejected', reason })
  return results
}
