import { shown } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import type { CallOptions } from '../policy.ts'

/** Options of a read. */
export interface ReadOptions extends CallOptions {
  /** Ends the wait of this caller; what is loaded for others goes on. */
  readonly signal?: AbortSignal
}

/** Options of `getOrSetMany`. */
export interface ReadManyOptions extends ReadOptions {
  /** Most keys in one call of the loader; more are loaded by several calls at once. @default Infinity */
  readonly maxBatch?: number
  /** Answer how each key ended, instead of rejecting when one has failed. @default false */
  readonly settle?: boolean
}

/**
 * Takes apart what is for the read as a whole, and the rest, which is for each key. `most` is the
 * `maxBatch` where there is none.
 *
 * @throws {ConfigError}
 */
export function manyOptions(
  options: ReadManyOptions | undefined,
  most = Infinity,
): {
  readonly settle: boolean
  readonly maxBatch: number
  readonly each: ReadOptions | undefined
} {
  const isPlain = typeof options !== 'object' || options === null
  if (isPlain || !('settle' in options || 'maxBatch' in options)) {
    return { settle: false, maxBatch: most, each: options }
  }
  const { settle = false, maxBatch = most, ...each } = options
  checkMaxBatch('maxBatch', maxBatch)
  return { settle, maxBatch, each }
}

/** @throws {ConfigError} naming `option` */
export function checkMaxBatch(option: string, maxBatch: unknown): void {
  if (maxBatch === Infinity || (Number.isInteger(maxBatch) && (maxBatch as number) >= 1)) return
  throw new ConfigError(`${option} must be a whole number from 1 (got ${shown(maxBatch)})`)
}
