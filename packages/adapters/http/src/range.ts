import { type Fields, dateOf, fieldOf } from './fields.ts'

/** Bytes from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * The part that a request asks for of a body of `length` bytes (RFC 9110 §14). `'whole'`: none, or one that a
 * server may ignore: several ranges, another unit, a syntax that is none, or an If-Range that names another
 * response. `'unsatisfiable'`: there is no such part.
 */
export function rangeOf(
  request: Fields,
  response: Fields,
  length: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(fieldOf(request, 'range') ?? '')
  const [, first = '', last = ''] = match ?? []
  if ((first === '' && last === '') || !isSameResponse(request, response)) return 'whole'
  if (first === '') {
    const count = Math.min(Number(last), length)
    return count === 0 ? 'unsatisfiable' : { start: length - count, end: length - 1 }
  }
  const [start, end] = [Number(first), last === '' ? Infinity : Number(last)]
  if (end < start) return 'whole'
  return start >= length ? 'unsatisfiable' : { start, end: Math.min(end, length - 1) }
}

/** If-Range compares strongly: a weak tag, or a date that is not exactly the same, is another response (§13.1.5). */
function isSameResponse(request: Fields, response: Fields): boolean {
  const condition = fieldOf(request, 'if-range')?.trim()
  if (condition === undefined) return true
  if (condition.endsWith('"')) {
    return !condition.startsWith('W/') && condition === fieldOf(response, 'etag')
  }
  const modified = dateOf(fieldOf(response, 'last-modified'))
  return modified !== undefined && modified === dateOf(condition)
}
