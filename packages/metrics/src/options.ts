import { ConfigError } from '@tiercel/core'

/** @throws {ConfigError} naming `option` when `value` is no integer above 0 */
export function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new ConfigError(`${option} must be an integer above 0 (got ${String(value)})`)
}

/** @throws {ConfigError} naming `option` when `value` is not from 0 to 1 */
export function share(option: string, value: number): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw new ConfigError(`${option} must be a number from 0 to 1 (got ${String(value)})`)
}
