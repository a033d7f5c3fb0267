import type { Cache } from '@tiercel/core'
import type { LiveRoute } from './live-route.ts'
import { Passes } from './passes.ts'
import type { Budget } from './recording.ts'
import type { RouteSettings } from './settings.ts'
import type { Stored } from './stored.ts'
import { Varied } from './varied.ts'

/** What the routes of one response cache share. */
export interface RouteParts {
  readonly cache: Cache
  /** What Cache-Status calls it; `undefined`: the field is not sent. */
  readonly cacheName: string | undefined
  readonly budget: Budget
}

/** What a route holds, and has seen. */
export class RouteState<Source> implements RouteParts {
  readonly cache: Cache
  readonly cacheName: string | undefined
  readonly budget: Budget
  readonly varied: Varied = new Varied()
  readonly passes: Passes = new Passes()
  readonly #live: LiveRoute<Source>
  #hasSeenWindow = false

  constructor({ cache, cacheName, budget }: RouteParts, live: LiveRoute<Source>) {
    this.cache = cache
    this.cacheName = cacheName
    this.budget = budget
    this.#live = live
  }

  get settings(): RouteSettings<Source> {
    return this.#live.settings
  }

  /** Whether there may be responses that are served while they are made anew. */
  get servesStale(): boolean {
    return this.#hasSeenWindow || this.settings.whileRevalidate > 0
  }

  saw(response: Stored): void {
    if (response.whileRevalidate > 0) this.#hasSeenWindow = true
  }
}
