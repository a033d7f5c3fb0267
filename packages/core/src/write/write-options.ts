import { NO_OPTIONS } from '../arguments.ts'
import type { CountOptions, CountRules } from './count.ts'
import { finite, milliseconds, shown } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import type { CallOptions } from '../policy.ts'
import { UPDATE_BOUNDS, type UpdateBounds, type UpdateOptions } from './update.ts'
import type { WriteOptions } from './write.ts'
import { checkObject } from '../checks.ts'

/** Options of `set` and `setMany`. */
export interface SetOptions extends CallOptions, WriteOptions {}

/** A call's options, taken apart: those of any entry, and those of the operation. */
type Parted<K extends string, R> = { readonly life: CallOptions | undefined } & {
  readonly [N in K]: R
}

const UPDATES = new WeakMap<UpdateOptions, Parted<'bounds', UpdateBounds>>()
const COUNTS = new WeakMap<CountOptions, Parted<'rules', CountRules>>()
const LONGEST_WINDOW = 86_400_000

/** @throws {ConfigError} */
export function updateBounds(options: UpdateOptions): Parted<'bounds', UpdateBounds> {
  return once(
    UPDATES,
    options,
    ({ attempts = UPDATE_BOUNDS.attempts, within = UPDATE_BOUNDS.within, ...life }) => {
      if (!Number.isInteger(attempts) || attempts < 1) {
        throw new ConfigError(`attempts must be a whole number above 0 (got ${shown(attempts)})`)
      }
      return { life, bounds: { attempts, within: finite('within', within) } }
    },
  )
}

/** @throws {ConfigError} */
export function countRules(options: CountOptions): Parted<'rules', CountRules> {
  return once(COUNTS, options, ({ initial = 0, reads = 'exact', window = '1s', ...life }) => {
    if (!Number.isFinite(initial)) {
      throw new ConfigError(`initial must be a finite number (got ${shown(initial)})`)
    }
    if (reads !== 'exact' && reads !== 'coalesced') {
      throw new ConfigError(`reads must be one of exact, coalesced (got ${shown(reads)})`)
    }
    const ms = milliseconds('window', window)
    if (ms < 1 || ms > LONGEST_WINDOW) {
      throw new ConfigError(`window must be from 1 ms to 1 day (got ${shown(window)})`)
    }
    if (life.sliding !== undefined && life.sliding !== false) {
      throw new ConfigError('sliding: a counter ends a ttl after it began, whoever reads it')
    }
    // Also where it is the cache's default: what Redis adds to has no bytes that stay the same.
    return {
      life: { ...life, sliding: false },
      rules: { initial, window: reads === 'exact' ? 0 : ms },
    }
  })
}

/** Of a set's options, those that the entry has; `undefined` for those that hold anyway. */
export function lifeOf(options: SetOptions): CallOptions | undefined {
  if (options === NO_OPTIONS) return undefined
  if (typeof options !== 'object' || options === null || !('strict' in options)) return options
  const { strict: _, ...life } = options
  return life
}

/** Checked once for each options object: callers keep theirs. */
function once<O extends object, R>(known: WeakMap<O, R>, options: O, part: (options: O) => R): R {
  checkObject('options', options)
  let parted = known.get(options)
  if (parted === undefined) {
    parted = part(options)
    known.set(options, parted)
  }
  return parted
}
