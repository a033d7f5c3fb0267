import { types } from 'node:util'
import type { Context } from '../context.ts'
import { enter } from './load.ts'
import type { BulkLoader, LoaderContext } from './loader.ts'
import { type Run, currentRun, runAs } from './nesting.ts'

interface Want {
  readonly context: LoaderContext
  /** The load that wants it; absent in a test of this alone. */
  readonly flight: Run | undefined
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Keys that the words for a run name; the others are counted. */
const MOST_NAMED = 3

/**
 * Joins the loads of many keys into runs of a bulk loader. A run starts once each of `keys`, and whoever
 * else is expected, has either asked for a value or been left out; if none is, at the end of the tick in
 * which one asked. Keys that ask later are loaded with those that do so too.
 */
export class Gather {
  readonly #context: Pick<Context, 'places' | 'counters' | 'settings'>
  readonly #loader: BulkLoader<unknown>
  readonly #maxBatch: number
  /** Keys, and other readers, that have not asked yet. */
  readonly #open: Set<unknown>
  #wants: Want[] = []
  #isScheduled = false
  /** Readers of their own, of which one may give up before the others. */
  #hasReaders = false

  constructor(
    context: Pick<Context, 'places' | 'counters' | 'settings'>,
    loader: BulkLoader<unknown>,
    maxBatch = Infinity,
    keys: Iterable<string> = [],
  ) {
    this.#context = context
    this.#loader = loader
    this.#maxBatch = maxBatch
    this.#open = new Set(keys)
  }

  /** The value of one key, from the bulk loader: a `Loader`, for reads that say `isGathered`. */
  readonly load = (context: LoaderContext, reader: unknown = context.key): Promise<unknown> =>
    new Promise((resolve, reject) => {
      this.#wants.push({ context, flight: currentRun(), resolve, reject })
      this.leaveOut(reader)
    })

  /** The bulk loader has to wait for `reader`. */
  expect(reader: object): void {
    this.#hasReaders = true
    this.#open.add(reader)
  }

  /** The bulk loader does not have to wait for the key, or reader. */
  leaveOut(reader: unknown): void {
    this.#open.delete(reader)
    if (this.#open.size > 0 || this.#wants.length === 0 || this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(() => {
      this.#isScheduled = false
      if (this.#open.size > 0) return // expected meanwhile
      const wants = this.#wants
      this.#wants = []
      for (let from = 0; from < wants.length; from += this.#maxBatch) {
        void this.#run(wants.slice(from, from + this.#maxBatch))
      }
    })
  }

  async #run(wants: readonly Want[]): Promise<void> {
    const run = bulkRun(wants)
    const signalOf = (): AbortSignal =>
      this.#hasReaders ? signalOfAll(wants) : (wants[0] as Want).context.signal
    try {
      const leave = await this.#enter(run)
      try {
        const answer = await runAs(run, () =>
          this.#loader(
            wants.map(({ context }) => context.key),
            {
              get signal() {
                return signalOf()
              },
            },
          ),
        )
        settle(wants, new Map<string, unknown>(answer))
      } finally {
        run.isOver = true
        leave?.()
      }
    } catch (error) {
      for (const { reject } of wants) reject(error)
    }
  }

  /** One place for the whole run; none of its own if a loader waits for it already. */
  async #enter(run: Run): Promise<(() => void) | undefined> {
    for (const flight of run.waiters) if (flight.waiters.size > 0) return undefined
    for (const flight of run.waiters) flight.hurry = () => run.hurry?.()
    try {
      return await enter(this.#context, run)
    } finally {
      for (const flight of run.waiters) flight.hurry = undefined
    }
  }
}

/** Gives each key what the answer has for it: its value, its error, or that there is none. */
function settle(wants: readonly Want[], answer: ReadonlyMap<string, unknown>): void {
  for (const { context, resolve, reject } of wants) {
    const value = answer.get(context.key)
    if (types.isNativeError(value)) reject(value)
    else resolve(value)
  }
}

/** Aborted when all of them are. */
function signalOfAll(wants: readonly Want[]): AbortSignal {
  const all = new AbortController()
  let left = wants.length
  for (const { context } of wants) {
    const { signal } = context
    const leave = (): void => {
      if (--left === 0) all.abort(signal.reason)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  }
  return all.signal
}

function bulkRun(wants: readonly Want[]): Run {
  const named = wants.slice(0, MOST_NAMED).map(({ context }) => context.key)
  const more = wants.length - named.length
  return {
    key: named.join(', ') + (more > 0 ? ` and ${more} more` : ''),
    owner: undefined,
    waiters: new Set(wants.flatMap(({ flight }) => flight ?? [])),
    isOver: false,
    hurry: undefined,
  }
}
