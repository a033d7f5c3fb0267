import { createHash } from 'node:crypto'
import { ConfigError } from '../errors.ts'

/** Characters of base64url that are kept of a digest: 132 bits. */
export const HASH_LENGTH = 22
const DEEPEST = 100

/**
 * The hash that `{name:hash}` puts into a key: SHA-256 over the canonical text of `value` in UTF-8, as
 * base64url, cut to 22 characters (132 bits). Equal structures have equal hashes, whatever the order of
 * their properties.
 *
 * The canonical text is JSON without spaces, the properties of each object sorted by UTF-16 code units,
 * those that are `undefined` left out; a bigint is its digits and `n`, a Date `d` and its milliseconds.
 *
 * @throws {ConfigError} for what is not plain data
 */
export function hashOf(what: string, value: unknown): string {
  const digest = createHash('sha256')
    .update(canonical(what, value, 0))
    .digest('base64url')
  return digest.slice(0, HASH_LENGTH)
}

function canonical(what: string, value: unknown, depth: number): string {
  if (depth > DEEPEST)
    throw new ConfigError(`${what} is nested more than ${DEEPEST} deep, or in itself`)
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ConfigError(`${what} must be finite (got ${value})`)
  }
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return JSON.stringify(value)
  }
  if (typeof value === 'object') {
    return value === null ? 'null' : canonicalObject(what, value, depth + 1)
  }
  throw new ConfigError(`${what} must be plain data (got ${typeof value})`)
}

function canonicalObject(what: string, value: object, depth: number): string {
  if (Array.isArray(value)) {
    // Not `map`, which would leave holes out.
    const items = Array.from(value, (item, i) => canonical(`${what}[${i}]`, item, depth))
    return `[${items.join()}]`
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new ConfigError(`${what} is an invalid date`)
    return `d${value.getTime()}`
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new ConfigError(`${what} must be plain data (got ${value.constructor.name})`)
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, member]) => `${JSON.stringify(name)}:${canonical(`${what}.${name}`, member, depth)}`,
    )
  return `{${members.join()}}`
}
