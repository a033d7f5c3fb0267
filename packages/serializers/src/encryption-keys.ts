import { KeyObject, createSecretKey, randomBytes } from 'node:crypto'
import { CodecConfigError } from './errors.ts'

/** 32 bytes: as they are, as base64 or base64url, as 64 hexadecimal digits, or as a `KeyObject`. */
export type EncryptionKey = KeyObject | Uint8Array | string

const KEY_BYTES = 32
const HEX = /^[\da-f]{64}$/i
const BASE64 = /^[\w+/-]{43}=?$/
const KEY_ID = /^[\w.-]{1,64}$/

/** A new random key, as base64url. */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url')
}

/** Whether a text can be the id of a key, which is written into every payload. */
export function isKeyId(id: string): boolean {
  return KEY_ID.test(id)
}

/**
 * A key ready for use. Errors name its id and never repeat the material.
 *
 * @throws CodecConfigError
 */
export function secretKey(id: string, material: EncryptionKey): KeyObject {
  if (!isKeyId(id))
    throw new CodecConfigError('a key id must be 1 to 64 letters, digits, ".", "_" or "-"')
  const key = keyObject(material)
  if (key?.symmetricKeySize === KEY_BYTES) return key
  throw new CodecConfigError(
    `key "${id}" must be 32 bytes: a Uint8Array, base64, hexadecimal, or a secret KeyObject`,
  )
}

function keyObject(material: EncryptionKey): KeyObject | undefined {
  if (material instanceof KeyObject) return material
  if (typeof material !== 'string') return createSecretKey(material)
  if (HEX.test(material)) return createSecretKey(material, 'hex')
  return BASE64.test(material) ? createSecretKey(material, 'base64') : undefined
}
