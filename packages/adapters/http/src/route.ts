import { type Cache, type Loaded, type Loader, entry } from '@tiercel/core'
import { answerWith, notStored } from './answer.ts'
import { type Wish, whyPassed, wishOf } from './asked.ts'
import type { Forward } from './cache-status.ts'
import { Changing } from './changing.ts'
import { CONDITIONAL, validators } from './conditions.ts'
import { hiddenNames } from './exposure.ts'
import type { Fields } from './fields.ts'
import { currentAge, staleFor } from './freshness.ts'
import { changedTags, isUnsafe } from './invalidation.ts'
import { keyOf, keyedUrl, resourceOf, resourceTag } from './key.ts'
import type { Decision, HttpRequest, Recorder, Rerun, Run } from './messages.ts'
import type { RouteOptions } from './options.ts'
import { Passes } from './passes.ts'
import { Passing } from './passing.ts'
import { type Budget, type Recorded, Recording } from './recording.ts'
import { type RouteSettings, mergedRoute, resolveRoute } from './settings.ts'
import type { Stored } from './stored.ts'
import { type Target, targetOf } from './target.ts'
import { Varied } from './varied.ts'
import { varyNames } from './vary.ts'

/** What the routes of one response cache share. */
export interface RouteParts {
  readonly cache: Cache
  readonly cacheName: string | undefined
  readonly budget: Budget
}

/** Cached in the place of a response that is not stored, for those alone who waited for it. */
interface Refused {
  readonly refused: Recorded['kind'] | 'vary'
}

type Found = Stored | Refused

/** A request for a response that may be cached. */
interface Asked<Source> {
  readonly request: HttpRequest<Source>
  readonly target: Target
  readonly resource: string
  readonly names: readonly string[]
  readonly key: string
  readonly wish: Wish
}

/** Longest time for which something that is stale is looked at; what it says of itself decides. */
const LONGEST_WINDOW = '49d'

/** Requests that are cached alike. */
export class Route<Source = unknown> {
  readonly name: string
  readonly #parts: RouteParts
  #options: RouteOptions<Source>
  #settings: RouteSettings<Source>
  readonly #varied = new Varied()
  readonly #passes = new Passes()

  /** @internal Use `ResponseCache.route`. */
  constructor(name: string, options: RouteOptions<Source>, parts: RouteParts) {
    this.name = name
    this.#parts = parts
    this.#options = options
    this.#settings = resolveRoute(options)
  }

  /** What holds now. */
  get settings(): RouteSettings<Source> {
    return this.#settings
  }

  /**
   * Changes options while the route is used, in this process; those that are not named stay as they are.
   *
   * @throws {ConfigError} for a bad option; nothing is changed then
   */
  change(options: Omit<RouteOptions<Source>, 'name'>): void {
    const merged = mergedRoute(this.#options, options)
    this.#settings = resolveRoute(merged)
    this.#options = merged
  }

  /**
   * What is to be done with a request: send an answer, or run the handler and tell the recorder what it answers.
   * `rerun` runs the handler behind a reader who has been answered; without it nothing stale is served meanwhile.
   * Never rejects because of the cache: then the handler runs.
   */
  async handle(request: HttpRequest<Source>, rerun?: Rerun): Promise<Decision> {
    const { method } = request
    const target = targetOf(request)
    if (isUnsafe(method)) return this.#change(request, target)
    if (method !== 'GET' && method !== 'HEAD') return this.#pass(request, 'method')
    const forward = whyPassed(request, target, this.#settings)
    if (forward !== undefined || target === undefined)
      return this.#pass(request, forward ?? 'bypass')
    const asked = this.#ask(request, target)
    const held = this.#parts.cache.peek<Stored>(asked.key)
    if (held !== undefined && this.#suits(held, asked.wish)) return this.#answer(asked, held)
    return this.#read(asked, rerun)
  }

  #ask(request: HttpRequest<Source>, target: Target): Asked<Source> {
    const settings = this.#settings
    const resource = resourceOf(target, settings)
    const names = this.#varied.of(target.path)
    const key = keyOf(request, resource, settings, names)
    return { request, target, resource, names, key, wish: wishOf(request, settings) }
  }

  /** What L1 has not: from L2, or from the handler. */
  async #read(asked: Asked<Source>, rerun: Rerun | undefined): Promise<Decision> {
    const { request, wish, key } = asked
    if (wish.onlyIfCached) {
      const found = await this.#parts.cache.get<Stored>(key).catch(() => undefined) // a miss is the answer
      return found === undefined ? { kind: 'answer', ...notStored() } : this.#answer(asked, found)
    }
    if (this.#passes.has(key, Date.now())) return this.#pass(request, 'miss')
    if (isForwarded(request, wish)) {
      const found = await this.#parts.cache.get<Stored>(key).catch(() => undefined) // a miss is the answer
      if (found !== undefined && this.#suits(found, wish)) return this.#answer(asked, found)
      return this.#pass(request, request.headers.range === undefined ? 'request' : 'partial')
    }
    const first = await this.#load(asked, rerun)
    if (first !== 'again') return first
    // It is too old to be served while it is made anew, or its key was the wrong one: now it is waited for.
    const second = await this.#load(this.#ask(request, asked.target), undefined)
    return second === 'again' ? this.#pass(request, 'miss') : second
  }

  /** Reads, and loads what is missing; the loader is the request's own handler, if no other runs it already. */
  #load(asked: Asked<Source>, rerun: Rerun | undefined): Promise<Decision | 'again'> {
    const { cache } = this.#parts
    const { request, wish, key } = asked
    return new Promise((resolve) => {
      let isDecided = false
      const decide = (decision: Decision | 'again'): void => {
        isDecided = true
        resolve(decision) // only the first counts
      }
      const loader: Loader<Found> = ({ stale, signal }) => {
        const recorded = new Promise<Recorded>((settle) => {
          const run = this.#run(asked, storedIn(stale?.value), signal, settle)
          if (!isDecided) decide(run)
          else if (rerun === undefined) run.recorder.abort()
          else void Promise.resolve(rerun(run)).catch(() => run.recorder.abort()) // told by the recording
        })
        return recorded.then((how) => this.#loaded(asked, how))
      }
      const options = {
        tags: this.#tags(asked),
        staleWhileRevalidate: rerun === undefined ? 0 : LONGEST_WINDOW,
        grace: LONGEST_WINDOW,
        earlyRefresh: rerun !== undefined,
      } as const
      const begin = wish.maxAge === 0 ? cache.expire(key) : Promise.resolve()
      begin
        .then(() => cache.getOrSet<Found>(key, loader, options))
        .then(
          (found) => isDecided || decide(this.#judge(asked, found, rerun !== undefined)),
          () => decide(this.#pass(request, 'miss')), // core has reported it
        )
    })
  }

  /** What to do with what another load or another instance brought. */
  #judge(asked: Asked<Source>, found: Found, mayBeStale: boolean): Decision | 'again' {
    const { request, key, wish } = asked
    if (!isStored(found)) {
      return found.refused === 'vary' ? 'again' : this.#pass(request, 'miss')
    }
    const now = Date.now()
    const late = staleFor(found, now)
    // The cache's own judgement first: the clocks of two machines need not agree.
    const isFresh = late < 0 || this.#parts.cache.peek(key) !== undefined
    if (isFresh && wish.maxAge > 0) return this.#answer(asked, found)
    if (mayBeStale) return late < found.whileRevalidate ? this.#answer(asked, found) : 'again'
    if (late < found.ifError) return this.#answer(asked, found, 'stale-if-error')
    return this.#pass(request, 'stale')
  }

  #run(
    asked: Asked<Source>,
    stale: Stored | undefined,
    signal: AbortSignal,
    settle: (recorded: Recorded) => void,
  ): Run {
    const { request, target, names } = asked
    const { cacheName, budget } = this.#parts
    const settings = this.#settings
    const recorder = new Recording({
      settings,
      cacheName,
      forward: stale === undefined ? 'miss' : 'stale',
      method: request.method,
      headers: request.headers,
      stale,
      isKeyed: (fields) => this.#isKeyed(target.path, names, fields),
      now: Date.now,
      budget,
      settle,
    })
    signal.addEventListener('abort', () => recorder.abort(), { once: true })
    const keyed = [...settings.headers, ...names]
    const hidden = [...hiddenNames(request.headers, keyed), ...CONDITIONAL]
    const headers = {
      ...Object.fromEntries(hidden.map((name) => [name, undefined])),
      ...(stale !== undefined && validators(stale.headers)),
    }
    return { kind: 'run', recorder, url: keyedUrl(target, settings), headers }
  }

  /** Whether a response may be stored under a key made with `names`; notes what its path varies by. */
  #isKeyed(path: string, names: readonly string[], fields: Fields): boolean {
    const varying = varyNames(fields)
    if (varying === undefined) return false
    const isKeyed = varying.every(
      (name) => names.includes(name) || this.#settings.headers.includes(name),
    )
    this.#varied.learn(path, isKeyed ? names : varying)
    return isKeyed
  }

  #loaded(asked: Asked<Source>, recorded: Recorded): Loaded<Found> {
    const { key, request } = asked
    if (recorded.kind === 'failed') throw new HandlerFailed(recorded.status)
    if (recorded.kind === 'refused') {
      const { why } = recorded
      if (why === 'aborted' || why === 'length') throw new HandlerFailed(0)
      if (why !== 'vary') this.#passes.add(key, Date.now())
      return entry<Found>({ refused: why === 'vary' ? 'vary' : 'refused' }, { ttl: 0 })
    }
    const { response } = recorded
    const { tags, validate } = this.#settings
    const hasValidator = Object.keys(validators(response.headers)).length > 0
    return entry<Found>(response, {
      ttl: response.lifetime - response.age,
      grace: Math.max(response.whileRevalidate, response.ifError, hasValidator ? validate : 0),
      tags: typeof tags === 'function' ? [...tags(request.source, response)] : [],
    })
  }

  /** Tags that are known before there is a response. */
  #tags({ resource }: Asked<Source>): readonly string[] {
    const { tags } = this.#settings
    return [resourceTag(resource), ...(typeof tags === 'function' ? [] : tags)]
  }

  #suits(stored: Stored, wish: Wish): boolean {
    const now = Date.now()
    if (wish.maxAge !== Infinity && currentAge(stored, now) > wish.maxAge) return false
    return wish.maxAge > 0 && (wish.minFresh === 0 || staleFor(stored, now) < -wish.minFresh)
  }

  #answer({ request }: Asked<Source>, stored: Stored, detail?: string): Decision {
    const { method, headers } = request
    const { cacheName } = this.#parts
    const asking = { method, headers, now: Date.now(), cacheName }
    return {
      kind: 'answer',
      ...answerWith(stored, detail === undefined ? asking : { ...asking, detail }),
    }
  }

  #pass({ url }: HttpRequest<Source>, forward: Forward): Run {
    return runWith(new Passing(this.#parts.cacheName, forward), url)
  }

  #change(request: HttpRequest<Source>, target: Target | undefined): Run {
    const recorder = new Changing(this.#parts.cacheName, async (status, fields) => {
      const { tags } = this.#settings
      const own =
        target === undefined ? [] : changedTags(request, target, status, fields, this.#settings)
      if (status < 200 || status >= 400) return
      const chosen =
        typeof tags === 'function'
          ? tags(request.source, { status, headers: fields as never })
          : tags
      const all = [...new Set([...own, ...chosen])]
      if (all.length > 0) await this.#parts.cache.invalidateTags(all)
    })
    return runWith(recorder, request.url)
  }
}

/** Why nothing was stored: the handler failed, or was cut off. Never seen by callers. */
class HandlerFailed extends Error {
  constructor(status: number) {
    super(status === 0 ? 'the response was not whole' : `the handler answered ${status}`)
    this.name = 'HandlerFailed'
  }
}

function runWith(recorder: Recorder, url: string): Run {
  return { kind: 'run', recorder, url, headers: {} }
}

function isStored(found: Found): found is Stored {
  return 'status' in found
}

function storedIn(found: Found | undefined): Stored | undefined {
  return found !== undefined && isStored(found) ? found : undefined
}

/** What is not stored: a head without a body, a part, what the client does not want stored. */
function isForwarded({ method, headers }: HttpRequest, wish: Wish): boolean {
  return method === 'HEAD' || headers.range !== undefined || wish.noStore
}
