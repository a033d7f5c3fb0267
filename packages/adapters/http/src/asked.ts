import { hash } from 'node:crypto'
import { type Directives, parseCacheControl, secondsOf } from './cache-control.ts'
import type { Forward } from './cache-status.ts'
import { isGuarded } from './conditions.ts'
import { isOverridden } from './exposure.ts'
import { fieldOf } from './fields.ts'
import type { HttpRequest } from './messages.ts'
import type { RouteSettings } from './settings.ts'
import type { Target } from './target.ts'

/** What a request wants of the cache beside a response (RFC 9111 §5.2.1). */
export interface Wish {
  /** Nothing of this request is to be stored. */
  readonly noStore: boolean
  readonly onlyIfCached: boolean
  /** Oldest age in milliseconds that it takes; 0: only what is made anew. */
  readonly maxAge: number
  /** Milliseconds for which the response still has to be fresh. */
  readonly minFresh: number
}

const NO_WISH: Wish = { noStore: false, onlyIfCached: false, maxAge: Infinity, minFresh: 0 }

/** What the request wants; what costs the handler work only if it is one who may ask for it. */
export function wishOf<Source>(
  request: HttpRequest<Source>,
  { bypass }: RouteSettings<Source>,
): Wish {
  const field = fieldOf(request.headers, 'cache-control')
  const pragma = fieldOf(request.headers, 'pragma')
  if (field === undefined && pragma === undefined) return NO_WISH
  const directives = parseCacheControl(field)
  const wish = {
    ...NO_WISH,
    noStore: directives.has('no-store'),
    onlyIfCached: directives.has('only-if-cached'),
  }
  const isHeard = typeof bypass === 'function' ? bypass(request.source) : bypass
  if (!isHeard) return wish
  return {
    ...wish,
    maxAge: maxAgeOf(directives, field === undefined && /no-cache/i.test(pragma ?? '')),
    minFresh: (secondsOf(directives, 'min-fresh') ?? 0) * 1_000,
  }
}

function maxAgeOf(directives: Directives, isPragma: boolean): number {
  if (isPragma || directives.has('no-cache')) return 0
  const seconds = secondsOf(directives, 'max-age')
  return seconds === undefined ? Infinity : seconds * 1_000
}

/** Why a request for a response has nothing to do with the cache; `undefined`: it has. */
export function whyPassed<Source>(
  request: HttpRequest<Source>,
  target: Target | undefined,
  settings: RouteSettings<Source>,
): Forward | undefined {
  const { headers, source } = request
  if (target === undefined || isOverridden(headers) || isGuarded(headers)) return 'bypass'
  if (settings.hosts !== undefined && !settings.hosts.has(target.host)) return 'bypass'
  if (headers.authorization !== undefined && !settings.authorization) return 'bypass'
  // A body could change what the handler answers, and is part of no key.
  if (headers['transfer-encoding'] !== undefined) return 'bypass'
  if ((fieldOf(headers, 'content-length') ?? '0') !== '0') return 'bypass'
  if (settings.skip?.(source) === true) return 'bypass'
  return isIn(settings.rollout, target, source) ? undefined : 'bypass'
}

/** Whether the target is in the part of all that is cached: by its hash, the same on every instance. */
function isIn<Source>(
  rollout: RouteSettings<Source>['rollout'],
  { host, path }: Target,
  source: Source,
): boolean {
  if (typeof rollout === 'function') return rollout(source)
  if (rollout === 1) return true
  return Number.parseInt(hash('sha1', host + path).slice(0, 8), 16) / 2 ** 32 < rollout
}
