import { setImmediate } from 'node:timers/promises'
import { type Loaded, type Loader, entry } from '@tiercel/core'
import { answerWith } from './answer.ts'
import type { Wish } from './asked.ts'
import { CONDITIONAL, validators } from './conditions.ts'
import { ALWAYS_KEYED, hiddenNames } from './exposure.ts'
import type { Fields } from './fields.ts'
import { staleFor } from './freshness.ts'
import { keyedUrl, resourceTag } from './key.ts'
import type { Decision, HttpRequest, Rerun, Run } from './messages.ts'
import { passed } from './passing.ts'
import { type Recorded, Recording } from './recording.ts'
import type { RouteState } from './route-state.ts'
import type { Stored } from './stored.ts'
import type { Target } from './target.ts'
import { varyNames } from './vary.ts'

/** A request for a response that may be cached. */
export interface Asked<Source> {
  readonly request: HttpRequest<Source>
  readonly target: Target
  readonly resource: string
  /** Fields that the key has because responses of the path were seen to vary by them. */
  readonly names: readonly string[]
  readonly key: string
  readonly wish: Wish
}

/** Given in the place of a response that is not stored, to those alone who waited for it. */
interface Refused {
  readonly refused: 'rekeyed' | 'not-stored'
}

type Found = Stored | Refused

/** Longest time for which something stale is looked at: what it says of itself decides. */
const LONGEST_WINDOW = '49d'
/** Longest duration that a cache takes. */
const LONGEST = 4_294_967_295

/**
 * One request's way to a response that is not in L1: from L2, from a load that is under way, or from its own
 * handler. That is the loader of `getOrSet`, and so the one load of its key on all instances, fenced against
 * invalidations. It does not wait for the handler itself: the decision to run it is given to the adapter, and
 * what is recorded there is what the loader brings.
 */
export class Lookup<Source> {
  readonly #state: RouteState<Source>
  readonly #asked: Asked<Source>
  readonly #rerun: Rerun | undefined
  /** Nothing stale is taken: it is waited for what is made anew. */
  readonly #isPatient: boolean
  #isDecided = false
  #resolve: (decision: Decision | 'rekeyed') => void = () => {}

  constructor(state: RouteState<Source>, asked: Asked<Source>, rerun: Rerun | undefined) {
    this.#state = state
    this.#asked = asked
    this.#isPatient = rerun === undefined || !state.servesStale || asked.wish.isDemanding
    this.#rerun = this.#isPatient ? undefined : rerun
  }

  /** `'rekeyed'`: the response that was waited for varies by fields that the key does not have. */
  decision(): Promise<Decision | 'rekeyed'> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#look().catch(() => this.#decide(this.#pass())) // core has reported it; the handler answers
    })
  }

  async #look(): Promise<void> {
    const { cache } = this.#state
    const { key, wish } = this.#asked
    if (wish.isDemanding) await cache.expire(key)
    let found = await this.#get(this.#isPatient ? 0 : LONGEST_WINDOW)
    if (this.#isDecided) return
    // What is too old to be served while it is made anew is waited for.
    const decision = this.#judge(found)
    if (decision !== undefined) return this.#decide(decision)
    if (!this.#isPatient) found = await this.#get(0)
    if (!this.#isDecided) this.#decide(this.#judge(found) ?? this.#ifError(found))
  }

  #get(staleWhileRevalidate: typeof LONGEST_WINDOW | 0): Promise<Found> {
    const { cache, settings } = this.#state
    const { key, resource } = this.#asked
    const { tags } = settings
    return cache.getOrSet<Found>(key, this.#load, {
      tags: [resourceTag(resource), ...(typeof tags === 'function' ? [] : tags)],
      staleWhileRevalidate,
      grace: LONGEST_WINDOW,
      earlyRefresh: !this.#isPatient,
    })
  }

  /** What to do with what another load, or another instance, brought; `undefined`: it is too old. */
  #judge(found: Found): Decision | 'rekeyed' | undefined {
    if ('refused' in found) return found.refused === 'rekeyed' ? 'rekeyed' : this.#pass()
    const late = staleFor(found, Date.now())
    // The cache's own judgement first: the clocks of two machines need not agree.
    const isFresh = late < 0 || this.#state.cache.peek(this.#asked.key) !== undefined
    return isFresh || (!this.#isPatient && late < found.whileRevalidate)
      ? this.#answer(found)
      : undefined
  }

  #ifError(found: Found): Decision {
    const isKept = !('refused' in found) && staleFor(found, Date.now()) < found.ifError
    return isKept ? this.#answer(found, 'stale-if-error') : this.#pass()
  }

  readonly #load: Loader<Found> = async ({ stale, signal }) => {
    const held = stale?.value
    const before = held === undefined || 'refused' in held ? undefined : held
    // Who is answered with what is stale is answered first.
    if (before !== undefined && this.#rerun !== undefined) await setImmediate()
    const recorded = await new Promise<Recorded>((settle) => {
      const run = this.#run(before, signal, settle)
      if (!this.#isDecided) this.#decide(run)
      else if (this.#rerun === undefined) run.recorder.abort()
      else void this.#runBehind(run, this.#rerun)
    })
    return this.#loaded(recorded)
  }

  async #runBehind(run: Run, rerun: Rerun): Promise<void> {
    try {
      await rerun(run)
    } catch {
      run.recorder.abort() // the load fails of it, and is reported
    }
  }

  #run(stale: Stored | undefined, signal: AbortSignal, settle: (recorded: Recorded) => void): Run {
    const { settings, cacheName, budget } = this.#state
    const { request, target, names } = this.#asked
    const recorder = new Recording({
      settings,
      cacheName,
      forward: stale === undefined ? 'miss' : 'stale',
      method: request.method,
      headers: { ...request.headers }, // the adapter takes from them what the handler must not see
      stale,
      isKeyed: (fields) => this.#isKeyed(fields),
      budget,
      settle,
    })
    signal.addEventListener('abort', () => recorder.abort(), { once: true })
    const hidden = [
      ...hiddenNames(request.headers, [...settings.headers, ...names]),
      ...CONDITIONAL,
    ]
    const headers = {
      ...Object.fromEntries(hidden.map((name) => [name, undefined])),
      ...(stale !== undefined && validators(stale.headers)),
    }
    return { kind: 'run', recorder, url: keyedUrl(target, settings), headers }
  }

  /** Whether the key has all fields that a response varies by; notes which those are. */
  #isKeyed(fields: Fields): boolean {
    const { settings, varied } = this.#state
    const { target, names } = this.#asked
    const keyed = new Set([...names, ...settings.headers, ...ALWAYS_KEYED])
    const varying = varyNames(fields) ?? []
    const isKeyed = varying.every((name) => keyed.has(name))
    varied.learn(target.path, isKeyed ? names : varying)
    return isKeyed
  }

  #loaded(recorded: Recorded): Loaded<Found> {
    if (recorded.kind === 'failed') throw new HandlerFailed(recorded.why)
    const state = this.#state
    const asked = this.#asked
    if (recorded.kind === 'refused') {
      const isRekeyed = recorded.why === 'not-keyed'
      // A status that is refused says something of one request alone: others are not to go uncached for it.
      if (!isRekeyed && recorded.why !== 'status') state.passes.add(asked.key, Date.now())
      return entry<Found>({ refused: isRekeyed ? 'rekeyed' : 'not-stored' }, { ttl: 0 })
    }
    const { response } = recorded
    const { tags, validate } = state.settings
    state.saw(response)
    const hasValidator = Object.keys(validators(response.headers)).length > 0
    return entry<Found>(response, {
      ttl: Math.min(response.lifetime - response.age, LONGEST),
      staleWhileRevalidate: Math.min(response.whileRevalidate, LONGEST),
      grace: Math.min(Math.max(response.ifError, hasValidator ? validate : 0), LONGEST),
      tags: typeof tags === 'function' ? [...tags(asked.request.source, response)] : [],
    })
  }

  #answer(stored: Stored, detail?: string): Decision {
    const { method, headers } = this.#asked.request
    const { cacheName } = this.#state
    this.#state.saw(stored)
    const answer = answerWith(stored, { method, headers, now: Date.now(), cacheName, detail })
    return { kind: 'answer', ...answer }
  }

  #pass(): Run {
    return passed(this.#asked.request, this.#state.cacheName, 'miss')
  }

  #decide(decision: Decision | 'rekeyed'): void {
    this.#isDecided = true
    this.#resolve(decision)
  }
}

/** Why nothing was stored: the handler failed, or was cut off. What was stored before stays in its grace. */
class HandlerFailed extends Error {
  constructor(why: string) {
    super(`the handler's response can't be stored: ${why}`)
    this.name = 'HandlerFailed'
  }
}
