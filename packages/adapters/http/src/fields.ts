/** Header fields by their names in lower case, as Node's `IncomingHttpHeaders` and `getHeaders()` have them. */
export type Fields = Readonly<Record<string, string | readonly string[] | number | undefined>>

/** The value of a field; several lines are one list (RFC 9110 §5.3). */
export function fieldOf(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.join(', ') : String(value)
}

/** The members of a comma-separated list of tokens, in lower case. */
export function tokensOf(value: string | undefined): string[] {
  if (value === undefined) return []
  return value
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
}

/** An HTTP date as milliseconds; `undefined` if it is none (RFC 9110 §5.6.7). */
export function dateOf(value: string | undefined): number | undefined {
  // `Date.parse` takes much that is no HTTP date, like "0"; all three forms of one begin with a weekday.
  if (value === undefined || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}
