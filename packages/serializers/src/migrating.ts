import type { Codec } from './codec.ts'
import { CodecConfigError } from './errors.ts'

/**
 * Writes with `to` and reads what `from` wrote as well, while both are in one Redis.
 *
 * For a change without misses, release `migrating(to, from)` first: it writes as before and reads
 * both. Then `migrating(from, to)`, and `to` alone when the last old value has expired.
 *
 * @throws CodecConfigError
 */
export function migrating<T>(from: Codec<T>, to: Codec<T>): Codec<T> {
  if (from.id === to.id)
    throw new CodecConfigError(
      `migrating(${from.name}, ${to.name}): frames tell these two apart by id, and both have ` +
        `${to.id}; if they share a wrapper, migrate inside of it`,
    )
  return {
    id: to.id,
    name: `migrating(${from.name}, ${to.name})`,
    reads: [from, ...(from.reads ?? []), ...(to.reads ?? [])],
    encode: (value, context) => to.encode(value, context),
    decode: (bytes, context) => to.decode(bytes, context),
  }
}
