import { type Receipt, ConfigError } from '@tiercel/core'
import { answerWith, notStored } from './answer.ts'
import { type Wish, isPassed, wishOf } from './asked.ts'
import { Changing } from './changing.ts'
import { currentAge, staleFor } from './freshness.ts'
import { changedTags, isUnsafe } from './invalidation.ts'
import { keyOf, resourceOf } from './key.ts'
import { type Asked, Lookup } from './lookup.ts'
import type { LiveRoute } from './live-route.ts'
import type { Decision, HttpRequest, Rerun, Run } from './messages.ts'
import type { RouteChanges } from './options.ts'
import { passed, runWith } from './passing.ts'
import { type RouteParts, RouteState } from './route-state.ts'
import type { RouteSettings } from './settings.ts'
import type { Stored } from './stored.ts'
import { type Target, targetOf } from './target.ts'

/** Requests that are cached alike. */
export class Route<Source = unknown> {
  readonly name: string
  readonly #state: RouteState<Source>
  readonly #live: LiveRoute<Source>

  /** @internal Use `ResponseCache.route`. */
  constructor(name: string, live: LiveRoute<Source>, parts: RouteParts) {
    this.name = name
    this.#live = live
    this.#state = new RouteState(parts, live)
  }

  /** What holds now: as declared, over it what was said for all instances, then here; durations in milliseconds. */
  get settings(): RouteSettings<Source> {
    return this.#live.settings
  }

  /** What was said while the route is used: for all instances, and for this one. */
  get said(): LiveRoute<Source>['said'] {
    return this.#live.said
  }

  /**
   * Changes options while the route is used: for this process, or with `everywhere` for all instances and those to
   * come. What is not named stays as it is; an `undefined` option goes back to what holds without it. What is said
   * everywhere is kept in Redis: an instance that misses the message reads it with its next beat, a new one before
   * its first answer.
   *
   * @throws {ConfigError} for a bad option; for a function, or a route without a name, if it is for all instances
   * @throws {TierError} if it is for all instances and Redis did not take it; then nothing is changed
   * @example
   * await responses.routes.get('list')?.change({ when: { rollout: 0.5 } }, { everywhere: true })
   */
  async change(
    changes: RouteChanges<Source>,
    { everywhere = false, ...unknown }: { readonly everywhere?: boolean } = {},
  ): Promise<Receipt> {
    const [name] = Object.keys(unknown)
    if (name !== undefined) throw new ConfigError(`change: unknown option "${name}"`)
    return this.#live.change(changes, everywhere)
  }

  /**
   * What is to be done with a request: send an answer, or run the handler and tell the recorder what it answers.
   * `rerun` runs the handler behind a reader who has been answered; without it nothing is served while it is
   * made anew. Rejects with what the route's own functions throw, and for nothing else: when the cache is
   * unwell the handler runs.
   */
  async handle(request: HttpRequest<Source>, rerun?: Rerun): Promise<Decision> {
    const { method } = request
    const settling = this.#live.settled()
    if (settling !== undefined) await settling
    const { settings, cacheName, cache } = this.#state
    const target = targetOf(request)
    if (isUnsafe(method)) return this.#changing(request, target)
    if (method !== 'GET' && method !== 'HEAD') return passed(request, cacheName, 'method')
    if (target === undefined || isPassed(request, target, settings)) {
      return passed(request, cacheName, 'bypass')
    }
    const asked = this.#ask(request, target)
    const held = cache.peek<Stored>(asked.key)
    return held !== undefined && suits(held, asked.wish)
      ? this.#answer(asked, held)
      : this.#read(asked, rerun)
  }

  #ask(request: HttpRequest<Source>, target: Target): Asked<Source> {
    const { settings, varied } = this.#state
    const resource = resourceOf(target, settings)
    const names = varied.of(target.path)
    const key = keyOf(request, resource, settings, names)
    return { request, target, resource, names, key, wish: wishOf(request, settings) }
  }

  /** What L1 has not, or not as it is wished for. */
  async #read(asked: Asked<Source>, rerun: Rerun | undefined): Promise<Decision> {
    const { request, wish, key } = asked
    const { cacheName, passes } = this.#state
    const isPartial = request.headers.range !== undefined
    // A head without a body, a part, and what the client wants kept nowhere: found, or passed on.
    const isForwarded = request.method === 'HEAD' || isPartial || wish.noStore
    if (isForwarded || wish.onlyIfCached || wish.isDemanding) {
      const found = await this.#found(key)
      if (found !== undefined && suits(found, wish)) return this.#answer(asked, found)
      if (wish.onlyIfCached) return { kind: 'answer', ...notStored() }
      if (isForwarded) return passed(request, cacheName, isPartial ? 'partial' : 'request')
    }
    if (passes.has(key, Date.now())) return passed(request, cacheName, 'miss')
    const first = await new Lookup(this.#state, asked, rerun).decision()
    if (first !== 'rekeyed') return first
    const again = this.#ask(request, asked.target)
    const second = await new Lookup(this.#state, again, rerun).decision()
    return second === 'rekeyed' ? passed(request, cacheName, 'miss') : second
  }

  async #found(key: string): Promise<Stored | undefined> {
    try {
      return await this.#state.cache.get<Stored>(key)
    } catch {
      return undefined // the cache is closed: nothing is found
    }
  }

  #answer({ request }: Asked<Source>, stored: Stored): Decision {
    const { method, headers } = request
    const { cacheName } = this.#state
    this.#state.saw(stored)
    return {
      kind: 'answer',
      ...answerWith(stored, { method, headers, now: Date.now(), cacheName }),
    }
  }

  #changing(request: HttpRequest<Source>, target: Target | undefined): Run {
    const { cache, cacheName, settings } = this.#state
    const recorder = new Changing(cacheName, async (status, headers) => {
      const { tags } = settings
      const own = target === undefined ? [] : changedTags(request, target, headers, settings)
      const chosen = typeof tags === 'function' ? tags(request.source, { status, headers }) : tags
      const all = [...new Set([...own, ...chosen])]
      if (all.length > 0) await cache.invalidateTags(all)
    })
    return runWith(recorder, request.url)
  }
}

/** Whether a stored response is as the client wishes it. */
function suits(stored: Stored, wish: Wish): boolean {
  if (!wish.isDemanding) return true
  const now = Date.now()
  return currentAge(stored, now) < wish.maxAge && staleFor(stored, now) < -wish.minFresh
}
