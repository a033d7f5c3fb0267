import { ConfigError } from './errors.ts'

// What keys, tags and whatever else becomes a part of a name in Redis may be.

const LONGEST = 1_024
// A lone surrogate has no UTF-8: two keys that differ in one would be the same key in Redis.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const UNSAFE = /[\u0000-\u001f\u007f\p{Surrogate}]/u

/** A string would be many keys of one letter. @throws {ConfigError} */
export function checkKeys(keys: readonly string[]): void {
  if (!Array.isArray(keys)) throw new ConfigError(`keys must be an array (got ${typeof keys})`)
}

/** @throws {ConfigError} unless `tags` is an array of names. */
export function checkTags(tags: readonly string[]): void {
  if (!Array.isArray(tags)) throw new ConfigError(`tags must be an array (got ${typeof tags})`)
  for (const tag of tags) checkName('a tag', tag)
}

/** @throws {ConfigError} unless `name` is a string of 1 to 1,024 bytes without control characters or lone surrogates. */
export function checkName(what: string, name: string): void {
  if (typeof name !== 'string' || name.length === 0) {
    throw new ConfigError(`${what} must be a string that is not empty (got ${typeof name})`)
  }
  // A UTF-16 unit is at most three bytes: most names need no count.
  if (name.length * 3 > LONGEST && Buffer.byteLength(name) > LONGEST) {
    throw new ConfigError(
      `${what} must be at most ${LONGEST} bytes (got ${Buffer.byteLength(name)})`,
    )
  }
  if (UNSAFE.test(name)) {
    throw new ConfigError(
      `${what} must not have control characters or lone surrogates (got ${JSON.stringify(name)})`,
    )
  }
}
