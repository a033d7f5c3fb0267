import { hitStatus, withMember } from './cache-status.ts'
import { isNotModified } from './conditions.ts'
import { type Fields, fieldOf } from './fields.ts'
import { currentAge } from './freshness.ts'
import type { Answer } from './messages.ts'
import { rangeOf } from './range.ts'
import { type Stored, bodyOf } from './stored.ts'

/** Whom a stored response is for, and how. */
export interface Asking {
  readonly method: string
  readonly headers: Fields
  readonly now: number
  /** What Cache-Status calls this cache; `undefined`: the field is left out. */
  readonly cacheName: string | undefined
  readonly detail?: string | undefined
}

/** Fields that a 304 has (RFC 9110 §15.4.5); the client has the others already. */
const OF_NOT_MODIFIED = new Set([
  'age',
  'cache-control',
  'cache-status',
  'content-location',
  'date',
  'etag',
  'expires',
  'last-modified',
  'vary',
])

/** What is sent of a stored response: the whole, a part, that it is not modified, or its head (RFC 9111 §4). */
export function answerWith(stored: Stored, asking: Asking): Answer {
  const body = bodyOf(stored)
  const age = currentAge(stored, asking.now)
  const headers: Record<string, string | readonly string[]> = { ...stored.headers }
  headers.date ??= new Date(stored.at).toUTCString()
  headers.age = String(Math.floor(age / 1_000))
  if (asking.cacheName !== undefined) {
    const member = hitStatus(asking.cacheName, stored.lifetime - age, asking.detail)
    headers['cache-status'] = withMember(fieldOf(headers, 'cache-status'), member)
  }
  if (isAskable(stored.status)) {
    if (isNotModified(asking.headers, headers)) return notModified(headers)
    const range =
      asking.method === 'GET' && stored.status === 200
        ? rangeOf(asking.headers, headers, body.byteLength)
        : 'whole'
    if (range === 'unsatisfiable') return unsatisfiable(headers, body.byteLength)
    if (range !== 'whole') {
      const { start, end } = range
      headers['content-range'] = `bytes ${start}-${end}/${body.byteLength}`
      headers['content-length'] = String(end - start + 1)
      return { status: 206, headers, body: body.subarray(start, end + 1) }
    }
  }
  if (hasLength(stored.status)) headers['content-length'] = String(body.byteLength)
  const isBodiless = asking.method === 'HEAD' || !hasLength(stored.status)
  return { status: stored.status, headers, body: isBodiless ? undefined : body }
}

/** 304 with those of `headers` that belong in one. */
export function notModified(headers: Answer['headers']): Answer {
  const kept = Object.entries(headers).filter(([name]) => OF_NOT_MODIFIED.has(name))
  return { status: 304, headers: Object.fromEntries(kept), body: undefined }
}

/** 504 for a client that wants nothing that is not stored (RFC 9111 §5.2.1.7). */
export function notStored(): Answer {
  return { status: 504, headers: { 'content-length': '0' }, body: undefined }
}

function unsatisfiable(headers: Answer['headers'], length: number): Answer {
  const { 'cache-status': cacheStatus } = headers
  return {
    status: 416,
    headers: {
      'content-range': `bytes */${length}`,
      'content-length': '0',
      ...(cacheStatus !== undefined && { 'cache-status': cacheStatus }),
    },
    body: undefined,
  }
}

/** Preconditions are about responses that would be 2xx (RFC 9110 §13.2.1). */
function isAskable(status: number): boolean {
  return status >= 200 && status < 300
}

function hasLength(status: number): boolean {
  return status !== 204 && status !== 304
}
