import { inspect } from 'node:util'
import { ConfigError } from './errors.ts'

type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd'
type SizeUnit = 'b' | 'kb' | 'mb' | 'gb'

/** Milliseconds, or a number with its unit: `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'1d'`. */
export type Duration = number | `${number}${DurationUnit}`

/** Bytes, or a number with its unit: `'512kb'`, `'64mb'`, `'1gb'` (powers of 1,024). */
export type Size = number | `${number}${SizeUnit}`

const DURATION_UNITS: Readonly<Record<DurationUnit, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const SIZE_UNITS: Readonly<Record<SizeUnit, number>> = {
  b: 1,
  kb: 1_024,
  mb: 1_048_576,
  gb: 1_073_741_824,
}

/** Longest finite duration: what a Redis expiry and a frame's header both hold. */
const LONGEST = 4_294_967_295

/**
 * Milliseconds of a duration. `Infinity` is given back as it is: no limit.
 *
 * @throws {ConfigError} naming `option` when `value` is no duration, negative, or longer than 49 days.
 */
export function milliseconds(option: string, value: Duration): number {
  const ms = quantity(value, DURATION_UNITS)
  if (ms === undefined || ms < 0 || (ms > LONGEST && ms !== Infinity)) {
    throw new ConfigError(
      `${option} must be a duration: milliseconds or '250ms', '30s', '5m', '1h', '1d', at most 49 days ` +
        `(got ${shown(value)})`,
    )
  }
  return ms
}

/** @throws {ConfigError} as `milliseconds`, and for `Infinity`. */
export function finite(option: string, value: Duration): number {
  const ms = milliseconds(option, value)
  if (ms === Infinity) throw new ConfigError(`${option} must be finite (got Infinity)`)
  return ms
}

/**
 * Bytes of a size. `Infinity` is given back as it is: no limit.
 *
 * @throws {ConfigError} naming `option` when `value` is no size, or is below one byte.
 */
export function bytes(option: string, value: Size): number {
  const size = Math.floor(quantity(value, SIZE_UNITS) ?? 0)
  if (size < 1) {
    throw new ConfigError(
      `${option} must be a size: bytes or '512kb', '64mb', '1gb' (got ${shown(value)})`,
    )
  }
  return size
}

/** A rejected value as an error message shows it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 0 })
}

function quantity(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  if (typeof value !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(value)
  if (match === null || !Object.hasOwn(units, match[2] as string)) return undefined
  return Number(match[1]) * (units[match[2] as string] as number)
}
