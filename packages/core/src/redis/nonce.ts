import { randomBytes } from 'node:crypto'

const INSTANCE = randomBytes(8).toString('base64url').slice(0, 10)
let issued = 0

/** 16 characters that nobody else has, and no other call of this process. */
export function nonce(): string {
  issued++
  return INSTANCE + issued.toString(36).padStart(6, '0')
}
