import type { Codec } from '@tiercel/serializers'
import { type Duration, milliseconds, shown } from './duration.ts'
import { ConfigError } from './errors.ts'
import type { L1Options } from './options.ts'

// What an option has to be. Each check names the option, its value and what is allowed.

/** @throws {ConfigError} naming what `options` has beside `known`. */
export function knownOnly(owner: string, options: object, known: readonly string[]): void {
  checkObject(owner, options)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(`${owner}: unknown option "${unknown}"; known are ${known.join(', ')}`)
  }
}

/** @throws {ConfigError} unless `options` is an object. */
export function checkObject(owner: string, options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(`${owner}: options must be an object (got ${shown(options)})`)
  }
}

/** @throws {ConfigError} unless `value` is a boolean. */
export function flag(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw new ConfigError(`${option} must be true or false (got ${shown(value)})`)
  }
  return value
}

/** @throws {ConfigError} unless `value` is a duration of at most `most` ms. */
export function atMost(option: string, value: Duration, most: number): number {
  const ms = milliseconds(option, value)
  if (ms > most) throw new ConfigError(`${option} must be at most ${most} ms (got ${shown(value)})`)
  return ms
}

/** @throws {ConfigError} unless `value` is from 0 to 1. */
export function fraction(option: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    throw new ConfigError(`${option} must be between 0 and 1 (got ${shown(value)})`)
  }
  return value
}

/** @throws {ConfigError} unless `value` is a boolean, as 1 and 0, or a finite number from 0. */
export function factor(option: string, value: unknown): number {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) {
    throw new ConfigError(`${option} must be true, false or a number from 0 (got ${shown(value)})`)
  }
  return value
}

/** @throws {ConfigError} unless `value` is a duration above 0. */
export function aboveZero(option: string, value: Duration): number {
  const ms = milliseconds(option, value)
  if (ms === 0) throw new ConfigError(`${option} must be above 0 (got ${shown(value)})`)
  return ms
}

/** @throws {ConfigError} unless `value` is a whole number from 1 to `most`. */
export function positiveInteger(option: string, value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
    throw new ConfigError(
      `${option} must be a whole number from 1 to ${most} (got ${shown(value)})`,
    )
  }
  return value
}

/** @throws {ConfigError} unless `value` is one of `allowed`. */
export function oneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new ConfigError(`${option} must be one of ${allowed.join(', ')} (got ${shown(value)})`)
  }
  return value
}

/** @throws {ConfigError} unless `value` names a kind of isolation. */
export function checkIsolation(
  option: string,
  value: NonNullable<L1Options['isolation']>,
): NonNullable<L1Options['isolation']> {
  return oneOf(option, value, ['freeze', 'clone', 'share'])
}

/** @throws {ConfigError} unless `codec` is one. */
export function checkCodec(option: string, codec: Codec): Codec {
  const id = codec?.id
  if (
    !Number.isInteger(id) ||
    id < 1 ||
    id > 255 ||
    typeof codec.encode !== 'function' ||
    typeof codec.decode !== 'function'
  ) {
    throw new ConfigError(
      `${option} must be a codec: an id from 1 to 255, encode and decode (got ${shown(codec)})`,
    )
  }
  return codec
}
