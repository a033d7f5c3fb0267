import type { BulkLoader, LoaderContext } from './loader.ts'

interface Want {
  readonly context: LoaderContext
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * One run of a bulk loader for the keys that turn out to be missing. It starts once every key has
 * either asked for its value or been left out; keys that ask later are loaded with those that do so too.
 */
export class Gather {
  readonly #loader: BulkLoader<unknown>
  readonly #open: Set<string>
  #wants: Want[] = []
  #isScheduled = false

  constructor(loader: BulkLoader<unknown>, keys: Iterable<string>) {
    this.#loader = loader
    this.#open = new Set(keys)
  }

  /** The value of one key, from the bulk loader. */
  load(context: LoaderContext): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#wants.push({ context, resolve, reject })
      this.leaveOut(context.key)
    })
  }

  /** The bulk loader does not have to wait for `key`. */
  leaveOut(key: string): void {
    this.#open.delete(key)
    if (this.#open.size > 0 || this.#wants.length === 0 || this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(() => {
      this.#isScheduled = false
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    const wants = this.#wants
    this.#wants = []
    try {
      const answer = await this.#loader(
        wants.map(({ context }) => context.key),
        {
          get signal() {
            return (wants[0] as Want).context.signal
          },
        },
      )
      const values = new Map<string, unknown>(answer)
      for (const { context, resolve } of wants) resolve(values.get(context.key))
    } catch (error) {
      for (const { reject } of wants) reject(error)
    }
  }
}
