import { ConfigError } from './errors.ts'
import { knownOnly } from './checks.ts'
import type { InvalidateOptions } from './write/write.ts'

/** The options of a call that was given none. */
export const NO_OPTIONS: Readonly<Record<never, never>> = Object.freeze({})

export function notALoader(loader: unknown): ConfigError {
  return new ConfigError(`the loader must be a function (got ${typeof loader})`)
}

/** A string would be many keys of one letter. @throws {ConfigError} */
export function checkKeys(keys: readonly string[]): void {
  if (!Array.isArray(keys)) throw new ConfigError(`keys must be an array (got ${typeof keys})`)
}

/** @throws {ConfigError} for an option that an invalidation does not have */
export function checkedWrite(options: InvalidateOptions): InvalidateOptions {
  if (options !== NO_OPTIONS) knownOnly('options', options, ['strict', 'again'])
  return options
}
