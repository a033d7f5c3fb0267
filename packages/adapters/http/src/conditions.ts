import { type Fields, dateOf, fieldOf } from './fields.ts'

/** Fields by which a request is conditional or partial; a handler whose response is stored sees none of them. */
export const CONDITIONAL = [
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
] as const

/** Whether a request asks that something be so before it is done: the cache has no say in that (RFC 9110 §13.2). */
export function isGuarded(headers: Fields): boolean {
  return headers['if-match'] !== undefined || headers['if-unmodified-since'] !== undefined
}

/** Whether the client has this response already: it gets 304 then (RFC 9110 §13.1.2, §13.1.3). */
export function isNotModified(request: Fields, response: Fields): boolean {
  const noneMatch = fieldOf(request, 'if-none-match')
  if (noneMatch !== undefined) {
    const tag = fieldOf(response, 'etag')
    return (
      noneMatch.trim() === '*' || (tag !== undefined && tagsOf(noneMatch).includes(opaque(tag)))
    )
  }
  const since = dateOf(fieldOf(request, 'if-modified-since'))
  const modified = dateOf(fieldOf(response, 'last-modified') ?? fieldOf(response, 'date'))
  return since !== undefined && modified !== undefined && modified <= since
}

/** The fields by which a handler is asked whether a stale response is still right (RFC 9111 §4.3.1). */
export function validators(stored: Fields): Record<string, string> {
  const [tag, modified] = [fieldOf(stored, 'etag'), fieldOf(stored, 'last-modified')]
  return {
    ...(tag !== undefined && { 'if-none-match': tag }),
    ...(modified !== undefined && { 'if-modified-since': modified }),
  }
}

/** Whether a 304 speaks of what is stored: it names the same tag, or none (RFC 9111 §4.3.3). */
export function isAbout(notModified: Fields, stored: Fields): boolean {
  const tag = fieldOf(notModified, 'etag')
  return tag === undefined || opaque(tag) === opaque(fieldOf(stored, 'etag') ?? '')
}

/** Entity tags of a list; a comma may be within one. */
function tagsOf(list: string): string[] {
  return [...list.matchAll(/(?:W\/)?("[^"]*")/g)].map(([, tag]) => tag as string)
}

/** A tag without its mark of weakness: the comparison is weak. */
function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
