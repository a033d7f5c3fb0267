import type { Codec } from './codec.ts'
import { CodecConfigError } from './errors.ts'
import { IDS } from './ids.ts'

/**
 * Refuses a wrapper where it does harm or nothing: encrypted bytes do not compress, and neither
 * wrapper gains by being there twice.
 *
 * @throws CodecConfigError
 */
export function assertWrapperOrder<T>(wrapper: 'compressed' | 'encrypted', codec: Codec<T>): void {
  for (const { id, name } of [codec, ...(codec.reads ?? [])])
    if (id === IDS.encrypted || id === IDS[wrapper])
      throw new CodecConfigError(
        `${wrapper}(${name}): each wrapper goes on once, as in encrypted(compressed(msgpack()))`,
      )
}
