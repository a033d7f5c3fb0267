import type { Directives } from './cache-control.ts'
import { type Fields, fieldOf } from './fields.ts'
import { varyNames } from './vary.ts'

/** Why a response is not stored. A closed set: it is what Cache-Status says as `detail`. */
export type Refusal =
  | 'no-store'
  | 'not-keyed'
  | 'not-fresh'
  | 'partial'
  | 'private'
  | 'set-cookie'
  | 'status'
  | 'stream'
  | 'too-large'
  | 'vary'

/** What a route allows of what would not be stored. */
export interface StorageRules {
  /** `'refuse'`: the response is not stored; `'remove'`: stored without the field; `'keep'`: with it. */
  readonly setCookie: 'refuse' | 'remove' | 'keep'
  readonly maxBodyBytes: number
}

/**
 * Statuses that say something about one request, or about a server in trouble. Stored, they would let one
 * malformed request deny a page to all ("cache-poisoned denial of service").
 */
const NEVER = new Set([400, 401, 403, 405, 407, 408, 411, 413, 414, 417, 421, 425, 426, 429, 431])

/** Why the head of a response keeps it from being stored (RFC 9111 §3), or `undefined`. */
export function whyNotStored(
  status: number,
  fields: Fields,
  directives: Directives,
  rules: StorageRules,
): Refusal | undefined {
  if (status === 206 || fieldOf(fields, 'content-range') !== undefined) return 'partial'
  if (status < 200 || status === 304 || status >= 500 || NEVER.has(status)) return 'status'
  if (directives.has('no-store')) return 'no-store'
  if (directives.has('private')) return 'private'
  if (rules.setCookie === 'refuse' && fields['set-cookie'] !== undefined) return 'set-cookie'
  if (/^text\/event-stream/i.test(fieldOf(fields, 'content-type') ?? '')) return 'stream'
  if (varyNames(fields) === undefined) return 'vary'
  return (declaredLength(fields) ?? 0) > rules.maxBodyBytes ? 'too-large' : undefined
}

/** What a response says its length is; NaN for what is no length. */
export function declaredLength(fields: Fields): number | undefined {
  const value = fieldOf(fields, 'content-length')
  if (value === undefined) return undefined
  return /^\d+$/.test(value) ? Number(value) : Number.NaN
}
