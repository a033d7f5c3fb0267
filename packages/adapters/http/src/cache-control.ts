/** The directives of a Cache-Control field, by their names in lower case; `''` where there is no value. */
export type Directives = ReadonlyMap<string, string>

/** token, then perhaps `=` and a token or a quoted string. */
const DIRECTIVE =
  /([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*)))?[^,]*(?:,|$)/g
const NONE: Directives = new Map()
/** What a larger number of seconds counts as (RFC 9111 §1.2.2). */
const LONGEST = 2_147_483_648

/**
 * The directives of a Cache-Control field (RFC 9111 §5.2). Of a directive that is there more than once the
 * lowest number counts, and a value that is no number counts as 0: freshness that is in doubt is none (§4.2.1).
 */
export function parseCacheControl(field: string | undefined): Directives {
  if (field === undefined || field === '') return NONE
  const directives = new Map<string, string>()
  for (const [, name = '', quoted, token] of field.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase()
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? ''
    const before = directives.get(key)
    const isLower = before === undefined || secondsIn(value) < secondsIn(before)
    if (isLower) directives.set(key, value)
  }
  return directives
}

/** The seconds that a directive gives; `undefined` where it is absent. */
export function secondsOf(directives: Directives, name: string): number | undefined {
  const value = directives.get(name)
  return value === undefined ? undefined : secondsIn(value)
}

function secondsIn(value: string): number {
  return /^\d+$/.test(value) ? Math.min(Number(value), LONGEST) : 0
}
