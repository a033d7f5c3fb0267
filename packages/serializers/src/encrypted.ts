import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { asBuffer } from './as-buffer.ts'
import type { Codec, CodecContext } from './codec.ts'
import { isKeyId } from './encryption-keys.ts'
import { ENVELOPE, seal, unseal } from './envelope.ts'
import { CodecError, kindOf } from './errors.ts'
import { IDS } from './ids.ts'
import { keyRing } from './key-ring.ts'
import type { EncryptionKeys } from './key-ring.ts'
import { assertWrapperOrder } from './wrapper-order.ts'

const VERSION = 1
const CIPHER = 'aes-256-gcm'
/** Envelope and the length of the key id, which follows. */
const HEADER = ENVELOPE + 1
const NONCE = 12
/** GCM's own length, and what Node takes where no option says otherwise: the option costs 2 % of a small value. */
const TAG = 16

/**
 * Encrypts the bytes of another codec with AES-256-GCM under a key that is named in the bytes.
 *
 * Layout: envelope, length of the key id, key id, nonce, ciphertext, tag. Envelope and key id are
 * authenticated, and so are namespace and key of the cache: a value moved to another key does not
 * decrypt.
 *
 * @throws CodecConfigError
 */
export function encrypted<T>(codec: Codec<T>, options: EncryptionKeys): Codec<T> {
  assertWrapperOrder('encrypted', codec)
  const ring = keyRing(options)
  const name = `encrypted(${codec.name})`

  function currentId(): string {
    try {
      return ring.currentId()
    } catch (error) {
      throw new CodecError('unknown-key', name, 'encode', kindOf(error))
    }
  }

  function keyOf(id: string, operation: 'encode' | 'decode'): KeyObject {
    let key: KeyObject | undefined
    try {
      key = ring.find(id)
    } catch (error) {
      throw new CodecError('unknown-key', name, operation, kindOf(error))
    }
    if (key !== undefined) return key
    // Bytes name an id. What `current` answered is not repeated: it may be the key itself, by mistake.
    const which = operation === 'decode' ? `id ${id}` : 'the current id'
    throw new CodecError('unknown-key', name, operation, `no key for ${which}`)
  }

  return {
    id: IDS.encrypted,
    name,
    encode(value, context) {
      const id = currentId()
      const key = keyOf(id, 'encode')
      const plain = codec.encode(value, context)
      const start = HEADER + id.length
      const bytes = Buffer.allocUnsafe(start + NONCE + plain.length + TAG)
      seal(bytes, VERSION, codec)
      bytes[ENVELOPE] = id.length
      bytes.write(id, HEADER, 'latin1')
      const nonce = randomFillSync(bytes.subarray(start, start + NONCE))
      const cipher = createCipheriv(CIPHER, key, nonce)
      cipher.setAAD(bound(codec, id, context))
      bytes.set(cipher.update(plain), start + NONCE)
      // GCM keeps nothing back: this only makes the tag.
      cipher.final()
      bytes.set(cipher.getAuthTag(), bytes.length - TAG)
      return bytes
    },
    decode(bytes, context) {
      const inner = unseal(bytes, VERSION, codec, name)
      const { id, nonce, sealed, tag } = parse(asBuffer(bytes), name)
      const key = keyOf(id, 'decode')
      let plain: Buffer
      try {
        const decipher = createDecipheriv(CIPHER, key, nonce)
        decipher.setAAD(bound(inner, id, context)).setAuthTag(tag)
        plain = decipher.update(sealed)
        // Nothing of the plaintext may be looked at before this has compared the tags.
        decipher.final()
      } catch (error) {
        throw new CodecError('unauthentic', name, 'decode', kindOf(error))
      }
      return inner.decode(plain, context)
    },
  }
}

interface Parts {
  readonly id: string
  readonly nonce: Buffer
  readonly sealed: Buffer
  readonly tag: Buffer
}

function parse(bytes: Buffer, name: string): Parts {
  const start = HEADER + bytes[ENVELOPE]!
  const id = bytes.toString('latin1', HEADER, start)
  if (bytes.length < start + NONCE + TAG || !isKeyId(id))
    throw new CodecError('malformed', name, 'decode', `${bytes.length} bytes`)
  return {
    id,
    nonce: bytes.subarray(start, start + NONCE),
    sealed: bytes.subarray(start + NONCE, -TAG),
    tag: bytes.subarray(-TAG),
  }
}

/** What is authenticated beside the value. A key id has no colon, so that no two of these run alike. */
function bound<T>(inner: Codec<T>, id: string, { namespace, key }: CodecContext): Buffer {
  return Buffer.from(`${VERSION}:${inner.id}:${id}:${namespace.length}:${namespace}${key}`)
}
