import { ConfigError, type Receipt, type SharedSettings } from '@tiercel/core'
import type { RouteChanges, RouteOptions } from './options.ts'
import { type RouteSettings, changed, mergedRoute, resolveRoute } from './settings.ts'

/** How what is said for all instances is heard, for a route that has a name. */
export type Share<Source> = (
  listener: (said: RouteOptions<Source>) => void,
) => SharedSettings<RouteOptions<Source>>

/** What holds for a route: as declared, over it what was said for all instances, over it what was said here. */
export class LiveRoute<Source> {
  readonly #declared: RouteOptions<Source>
  readonly #shared: SharedSettings<RouteOptions<Source>> | undefined
  #everywhere: RouteOptions<Source> = {}
  #here: RouteOptions<Source> = {}
  #settings: RouteSettings<Source>
  #settling: Promise<void> | undefined
  #isSettled = false

  constructor(declared: RouteOptions<Source>, share: Share<Source> | undefined) {
    this.#declared = declared
    this.#settings = resolveRoute(declared)
    this.#shared = share?.((said) => this.#settle(said, this.#here))
  }

  get settings(): RouteSettings<Source> {
    return this.#settings
  }

  get said(): { readonly everywhere: RouteOptions<Source>; readonly here: RouteOptions<Source> } {
    return { everywhere: this.#everywhere, here: this.#here }
  }

  /**
   * Resolves when it is known what was said for all instances, or Redis did not answer in time; `undefined` from then
   * on. Nobody else waits: what is said later is heard within a beat.
   */
  settled(): Promise<void> | undefined {
    if (this.#isSettled) return undefined
    this.#settling ??= (this.#shared?.settled() ?? Promise.resolve()).finally(() => {
      this.#isSettled = true
    })
    return this.#settling
  }

  async change(changes: RouteChanges<Source>, isForAll: boolean): Promise<Receipt> {
    resolveRoute(changed(this.#declared, changes)) // refused before anybody is told
    if (!isForAll) {
      this.#settle(this.#everywhere, changed(this.#here, changes))
      return 'here'
    }
    if (this.#shared === undefined) {
      throw new ConfigError('a route that is changed on all instances needs the option "name"')
    }
    refuseFunctions('', changes)
    await this.#shared.settled() // what was said before is kept
    return this.#shared.say(changed(this.#everywhere, changes))
  }

  #settle(everywhere: RouteOptions<Source>, here: RouteOptions<Source>): void {
    this.#settings = resolveRoute(mergedRoute(mergedRoute(this.#declared, everywhere), here))
    this.#everywhere = everywhere
    this.#here = here
  }
}

/** They can't be sent to the other instances. */
function refuseFunctions(group: string, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'function') {
      throw new ConfigError(`${group}${name}: a function can be changed in this instance alone`)
    }
    if (typeof value === 'object' && !Array.isArray(value)) refuseFunctions(`${name}.`, value)
  }
}
