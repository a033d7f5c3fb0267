import { type Directives, secondsOf } from './cache-control.ts'
import { type Fields, dateOf, fieldOf } from './fields.ts'
import type { Stored } from './stored.ts'

/** What a route says of responses that say nothing themselves, in milliseconds. */
export interface FreshnessRules {
  readonly ttl: number
  /** Statuses that `ttl` and `heuristic` hold for. */
  readonly statuses: ReadonlySet<number>
  /** Part of the time since Last-Modified that a response is taken as fresh for; 0: none. */
  readonly heuristic: number
}

const LONGEST_HEURISTIC = 86_400_000

/**
 * How long a response is fresh, in milliseconds (RFC 9111 §4.2.1): s-maxage, else max-age, else Expires,
 * else what the route says; a heuristic (§4.2.2) only where the route asks for one. `no-cache` is never fresh.
 */
export function lifetimeOf(
  status: number,
  fields: Fields,
  directives: Directives,
  rules: FreshnessRules,
  now: number,
): number {
  if (directives.has('no-cache')) return 0
  const explicit = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age')
  if (explicit !== undefined) return explicit * 1_000
  const expires = fieldOf(fields, 'expires')
  // A date that is none, "0" above all, is in the past (§5.3).
  if (expires !== undefined) return Math.max(0, (dateOf(expires) ?? 0) - dated(fields, now))
  if (!rules.statuses.has(status)) return 0
  if (rules.ttl > 0) return rules.ttl
  const modified = dateOf(fieldOf(fields, 'last-modified'))
  if (rules.heuristic === 0 || modified === undefined) return 0
  const unchanged = Math.max(0, dated(fields, now) - modified)
  return Math.min(unchanged * rules.heuristic, LONGEST_HEURISTIC)
}

/** How old a response was when it arrived, in milliseconds (RFC 9111 §4.2.3). */
export function initialAge(fields: Fields, askedAt: number, now: number): number {
  const apparent = Math.max(0, now - dated(fields, now))
  const value = fieldOf(fields, 'age')
  if (value === undefined || !/^\d+$/.test(value)) return apparent
  return Math.max(apparent, Number(value) * 1_000 + (now - askedAt))
}

/** How old a stored response is, in milliseconds; a clock that went back makes none younger than it came. */
export function currentAge(stored: Stored, now: number): number {
  return stored.age + Math.max(0, now - stored.at)
}

/** How long ago a stored response stopped being fresh, in milliseconds; negative while it is. */
export function staleFor(stored: Stored, now: number): number {
  return currentAge(stored, now) - stored.lifetime
}

function dated(fields: Fields, now: number): number {
  return dateOf(fieldOf(fields, 'date')) ?? now
}
