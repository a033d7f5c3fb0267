import { type Fields, fieldOf } from './fields.ts'
import { type KeyRules, resourceOf, resourceTag } from './key.ts'
import type { HttpRequest } from './messages.ts'
import { type Target, targetOf } from './target.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH'])

/** Whether a method may change what responses say (RFC 9110 §9.2.1); one that is not known may. */
export function isUnsafe(method: string): boolean {
  return !SAFE.has(method)
}

/**
 * Tags of the targets that a request with an unsafe method may have changed (RFC 9111 §4.4): its own, and where
 * Location and Content-Location point to on the same host.
 */
export function changedTags(
  request: HttpRequest,
  target: Target,
  fields: Fields,
  rules: Pick<KeyRules<never>, 'query'>,
): readonly string[] {
  const tags = new Set([resourceTag(resourceOf(target, rules))])
  for (const name of ['location', 'content-location']) {
    const pointed = pointedTo(request, fieldOf(fields, name))
    if (pointed !== undefined) tags.add(resourceTag(resourceOf(pointed, rules)))
  }
  return [...tags]
}

/** Another host's responses are not for this one to invalidate. */
function pointedTo(request: HttpRequest, location: string | undefined): Target | undefined {
  const host = fieldOf(request.headers, 'host')
  if (location === undefined || host === undefined) return undefined
  const base = `${request.scheme}://${host}`
  if (!URL.canParse(location, base + request.url)) return undefined
  const url = new URL(location, base + request.url)
  if (url.host !== new URL(base).host) return undefined
  return targetOf({ ...request, url: url.pathname + url.search })
}
