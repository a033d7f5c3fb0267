import { hash } from 'node:crypto'
import { type Directives, parseCacheControl, secondsOf } from './cache-control.ts'
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
  /** Not every fresh response will do. */
  readonly isDemanding: boolean
  /** The response has to be younger than this, in milliseconds; 0: it has to be made anew. */
  readonly maxAge: number
  /** Milliseconds for which the response still has to be fresh. */
  readonly minFresh: number
}

const NO_WISH: Wish = Object.freeze({
  noStore: false,
  onlyIfCached: false,
  isDemanding: false,
  maxAge: Infinity,
  minFresh: 0,
})

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
  // Pragma speaks where Cache-Control does not (RFC 9111 §5.4).
  const maxAge = maxAgeOf(directives, field === undefined && /no-cache/i.test(pragma ?? ''))
  const minFresh = (secondsOf(directives, 'min-fresh') ?? 0) * 1_000
  return { ...wish, maxAge, minFresh, isDemanding: maxAge !== Infinity || minFresh > 0 }
}

function maxAgeOf(directives: Directives, isPragma: boolean): number {
  if (isPragma || directives.has('no-cache')) return 0
  const seconds = secondsOf(directives, 'max-age')
  return seconds === undefined ? Infinity : seconds * 1_000
}

/** Whether a request for a response has nothing to do with the cache. */
export function isPassed<Source>(
  request: HttpRequest<Source>,
  target: Target,
  settings: RouteSettings<Source>,
): boolean {
  const { headers, source } = request
  return (
    isOverridden(headers) ||
    isGuarded(headers) ||
    // A body could change what the handler answers, and is part of no key.
    request.hasBody === true ||
    headers['transfer-encoding'] !== undefined ||
    (fieldOf(headers, 'content-length') ?? '0') !== '0' ||
    (headers.authorization !== undefined && !settings.authorization) ||
    settings.hosts?.has(target.host) === false ||
    settings.skip?.(source) === true ||
    !isIn(settings.rollout, target, source)
  )
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
