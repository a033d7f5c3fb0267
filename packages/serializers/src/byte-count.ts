import { CodecConfigError } from './errors.ts'

/** What fits in the four bytes that a length is written with. */
const MOST = 2 ** 32 - 1

/**
 * A number of bytes given as an option.
 *
 * @throws CodecConfigError
 */
export function byteCount(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= MOST) return value
  throw new CodecConfigError(
    `${option} is ${value}; it must be a whole number from ${least} to ${MOST}`,
  )
}
