import { ConfigError } from './errors.ts'
import { knownOnly } from './checks.ts'
import type { InvalidateOptions } from './write/write.ts'

/** The options of a call that was given none. */
export const NO_OPTIONS: Readonly<Record<never, never>> = Object.freeze({})

export function notALoader(loader: unknown): ConfigError {
  return new ConfigError(`the loader must be a function (got ${typeof loader})`)
}

/** @throws {ConfigError} for an option that an invalidation does not have */
export function checkedInvalidation(options: InvalidateOptions): InvalidateOptions {
  if (options !== NO_OPTIONS) knownOnly('options', options, ['strict', 'again'])
  return options
}
