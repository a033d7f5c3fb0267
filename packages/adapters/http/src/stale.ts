import { type Directives, secondsOf } from './cache-control.ts'

/** Milliseconds after its freshness for which a response may be served. */
export interface StaleWindows {
  readonly whileRevalidate: number
  readonly ifError: number
}

const NONE: StaleWindows = { whileRevalidate: 0, ifError: 0 }

/**
 * How long a response may be served when it is stale (RFC 5861): what it says itself, else what the route
 * says; not at all with `must-revalidate` or `proxy-revalidate` (RFC 9111 §4.2.4).
 */
export function staleWindows(directives: Directives, rules: StaleWindows): StaleWindows {
  if (directives.has('must-revalidate') || directives.has('proxy-revalidate')) return NONE
  return {
    whileRevalidate: inMilliseconds('stale-while-revalidate') ?? rules.whileRevalidate,
    ifError: inMilliseconds('stale-if-error') ?? rules.ifError,
  }

  function inMilliseconds(name: string): number | undefined {
    const seconds = secondsOf(directives, name)
    return seconds === undefined ? undefined : seconds * 1_000
  }
}
