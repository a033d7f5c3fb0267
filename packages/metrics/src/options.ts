import { ConfigError } from '@tiercel/core'

/** @throws {ConfigError} naming `option` when `value` is no integer above 0 */
export function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new ConfigError(`${option} must be an integer above 0 (got ${String(value)})`)
}
