import { type Fields, fieldOf, tokensOf } from './fields.ts'

/** A response as it is stored: a plain object, so that any codec that carries bytes carries it. */
export interface Stored {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array
  /** Milliseconds of the wall clock at which it was answered. */
  readonly at: number
  /** How old it was then, in milliseconds. */
  readonly age: number
  /** How long it is fresh from an age of 0, in milliseconds. */
  readonly lifetime: number
  /** Milliseconds after that for which it may be served while it is loaded anew. */
  readonly whileRevalidate: number
  /** The same if the handler fails. */
  readonly ifError: number
}

/** Fields that are about one connection (RFC 9111 §3.1), as those are that Connection names; and those that are made anew for each answer. */
const NOT_STORED = new Set([
  'age',
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The fields of a response that are stored: not those of the connection, and not what this client had before. */
export function storedFields(
  fields: Fields,
  inherited: Fields,
  removed: readonly string[],
): Record<string, string | string[]> {
  const stored: Record<string, string | string[]> = {}
  const unstored = [...removed, ...tokensOf(fieldOf(fields, 'connection'))]
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || NOT_STORED.has(name) || unstored.includes(name)) continue
    if (name !== 'vary' && isSame(value, inherited[name])) continue
    stored[name] = Array.isArray(value) ? value.map(String) : String(value)
  }
  return stored
}

function isSame(value: Fields[string], before: Fields[string]): boolean {
  return before !== undefined && String(value) === String(before)
}

/** The body as a Buffer, whatever kind of bytes a codec made of it. */
export function bodyOf({ body }: Stored): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
