import type { Context } from '../context.ts'
import { Gather } from '../load/gather.ts'
import type { Loader } from '../load/loader.ts'
import { unprefixed } from '../read/read-many.ts'
import type { Params } from './family-keys.ts'
import type { FamilyLoaders } from './family-loaders.ts'

/** How one read takes part in the bulk load of its tick. */
export interface Joined {
  readonly load: Loader<unknown>
  /** To be called when the read is over, or waits for a load that is not its own: nobody waits for it then. */
  readonly leaveOut: () => void
}

interface Tick {
  readonly gather: Gather
  readonly paramsOf: Map<string, Params>
}

/**
 * Has single reads that miss in one tick loaded as one `getMany` would be: each by its own fence, by one call
 * of `loadMany`.
 */
export class TickGather {
  readonly #context: Context
  readonly #loaders: FamilyLoaders
  readonly #prefix: string
  #tick: Tick | undefined

  constructor(context: Context, loaders: FamilyLoaders, prefix: string) {
    this.#context = context
    this.#loaders = loaders
    this.#prefix = prefix
  }

  join(key: string, params: Params): Joined {
    const { gather, paramsOf } = (this.#tick ??= this.#begin())
    const read = {} // not the key, which others may read in the same tick
    paramsOf.set(key, params)
    gather.expect(read)
    return {
      load: (context) => gather.load(context, read),
      leaveOut: () => gather.leaveOut(read),
    }
  }

  #begin(): Tick {
    const paramsOf = new Map<string, Params>()
    const loader = unprefixed(this.#loaders.inBulk(paramsOf), this.#prefix)
    process.nextTick(() => {
      this.#tick = undefined
    })
    return { gather: new Gather(this.#context, loader, this.#loaders.maxBatch), paramsOf }
  }
}
