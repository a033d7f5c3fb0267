import { hash } from 'node:crypto'
import { impliedNames } from './exposure.ts'
import type { HttpRequest } from './messages.ts'
import type { Target } from './target.ts'
import { varyPart } from './vary.ts'

/** What of a request tells its response from others, beside method, scheme, host and path. */
export interface KeyRules<Source> {
  /** Names of query parameters, or all of them, or none. */
  readonly query: 'all' | 'none' | ReadonlySet<string>
  readonly headers: readonly string[]
  readonly user: ((source: Source) => string | undefined) | undefined
}

/** Longest part of a key or tag that stands in it as it is; a longer one is cut, and hashed. */
const LONGEST = 700

/**
 * The target as the handler may see it: without what is not keyed, and with the parameters in the order of the key. Parsers
 * of queries make other things of another order, and what is stored must not depend on who came first.
 */
export function keyedUrl(target: Target, rules: Pick<KeyRules<never>, 'query'>): string {
  const query = keyedQuery(target, rules)
  return query.length === 0 ? target.path : `${target.path}?${query.join('&')}`
}

/**
 * What stands for a target in keys and tags: host, path and the keyed parameters by name. The order of names is no
 * matter; that of the values of one name is, as is every spelling, for an application may tell them apart.
 */
export function resourceOf(target: Target, rules: Pick<KeyRules<never>, 'query'>): string {
  return limited(target.host + keyedUrl(target, rules))
}

/**
 * The key of a response to `GET`, with which `HEAD` is answered too. Its parts are kept apart by blanks, which
 * neither a target nor a hash has.
 */
export function keyOf<Source>(
  request: HttpRequest<Source>,
  resource: string,
  rules: KeyRules<Source>,
  varying: readonly string[],
): string {
  const { headers } = request
  const implied = impliedNames(headers)
  const names = [...new Set([...rules.headers, ...implied, ...varying])].toSorted()
  const fields = varyPart(names, headers)
  const user = rules.user?.(request.source)
  let key = `GET ${request.scheme}://${resource}`
  if (fields !== '') key += ` ${fields}`
  if (user !== undefined) key += ` user ${hash('sha256', user, 'base64url')}`
  return key
}

/** The tag of all responses of one target: whatever the fields, the user and the scheme. */
export function resourceTag(resource: string): string {
  return `uri:${resource}`
}

/** The keyed parameters by their names; those of one name as they came. */
function keyedQuery({ query }: Target, rules: Pick<KeyRules<never>, 'query'>): readonly string[] {
  const chosen = rules.query
  if (chosen === 'none' || query.length === 0) return []
  const keyed = chosen === 'all' ? query : query.filter((pair) => chosen.has(nameOf(pair)))
  return keyed.length < 2 ? keyed : keyed.toSorted((a, b) => compare(nameOf(a), nameOf(b)))
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=')
  return equals === -1 ? pair : pair.slice(0, equals)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function limited(resource: string): string {
  if (resource.length <= LONGEST) return resource
  return `${resource.slice(0, LONGEST)}~${hash('sha256', resource, 'base64url')}`
}
