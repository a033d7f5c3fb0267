import { fieldOf } from './fields.ts'
import type { HttpRequest } from './messages.ts'

/** What a request asks for, as far as it is plain what that is. */
export interface Target {
  readonly host: string
  readonly path: string
  /** `name=value` as they were received, in the order received. */
  readonly query: readonly string[]
}

const LONGEST_URL = 8_192
/** Visible ASCII without `#`: anything else is seen otherwise by one of two parsers. */
const PLAIN_URL = /^\/[!"$-~]*$/
/** Segments that some servers resolve and others do not, in any spelling; and encoded control characters. */
const AMBIGUOUS_PATH =
  /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:$|[/\\]|%2f|%5c)|\\|%5c|%[01][\da-f]|%7f/i
const HOST = /^(?:[a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/

/**
 * The target of a request, or `undefined` where two parsers could disagree about it: such a request is
 * neither answered from the cache nor stored. Nothing is decoded or resolved, so two spellings of one path are
 * two keys, and no spelling can be stored under the key of another.
 */
export function targetOf(request: HttpRequest): Target | undefined {
  const { url } = request
  if (url.length > LONGEST_URL || !PLAIN_URL.test(url) || url.startsWith('//')) return undefined
  const host = hostOf(request)
  if (host === undefined) return undefined
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  if (AMBIGUOUS_PATH.test(path)) return undefined
  const query = mark === -1 ? [] : url.slice(mark + 1).split('&')
  return { host, path, query: query.filter((pair) => pair !== '') }
}

/** The one Host of a request (RFC 9112 §3.2), in lower case. */
function hostOf({ headers, rawHeaders }: HttpRequest): string | undefined {
  const host = fieldOf(headers, 'host')?.toLowerCase()
  if (host === undefined || host.length > 255 || !HOST.test(host)) return undefined
  if (rawHeaders !== undefined) {
    let hosts = 0
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string
      if (name.length === 4 && name.toLowerCase() === 'host') hosts++
    }
    if (hosts !== 1) return undefined
  }
  return host
}
