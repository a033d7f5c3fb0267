import type { KeyObject } from 'node:crypto'
import { secretKey } from './encryption-keys.ts'
import type { EncryptionKey } from './encryption-keys.ts'
import { CodecConfigError } from './errors.ts'

/** What `encrypted` encrypts and decrypts with. */
export interface EncryptionKeys {
  /**
   * Keys by id, or a callback that answers the key of an id at once, each time one is needed. An id
   * is 1 to 64 letters, digits, `.`, `_` or `-`, and is written into every payload.
   */
  readonly keys:
    | Readonly<Record<string, EncryptionKey>>
    | ((id: string) => EncryptionKey | undefined)
  /** Id of the key to encrypt with, or a callback that answers it. */
  readonly current: string | (() => string)
}

/** Answers which key encrypts and which key has an id. */
export interface KeyRing {
  currentId(): string
  find(id: string): KeyObject | undefined
}

/**
 * Checks what can be checked before a key is needed: all of it, unless callbacks are involved.
 *
 * @throws CodecConfigError
 */
export function keyRing({ keys, current }: EncryptionKeys): KeyRing {
  const find = typeof keys === 'function' ? asking(keys) : holding(keys)
  if (typeof current === 'function') return { currentId: current, find }
  if (typeof keys !== 'function' && find(current) === undefined)
    // Not repeated, as somebody may have put the key itself there.
    throw new CodecConfigError(
      `current names none of keys, which has ${Object.keys(keys).join(', ')}`,
    )
  return { currentId: () => current, find }
}

function asking(ask: (id: string) => EncryptionKey | undefined): KeyRing['find'] {
  return (id) => {
    const material = ask(id)
    return material === undefined ? undefined : secretKey(id, material)
  }
}

function holding(keys: Readonly<Record<string, EncryptionKey>>): KeyRing['find'] {
  // A map, since ids come from bytes and every object answers to "constructor".
  const held = new Map(Object.entries(keys).map(([id, key]) => [id, secretKey(id, key)]))
  return (id) => held.get(id)
}
