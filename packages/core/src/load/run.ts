import type { Context } from '../context.ts'
import { ConfigError, LoadTimeoutError } from '../errors.ts'
import type { Entry } from '../entry.ts'
import type { LoadFlight, LoadRequest } from './load.ts'
import { type LoaderContext, type Stale, loadedOptions, notStale } from './loader.ts'
import { runAs } from './nesting.ts'
import { checkName } from '../names.ts'
import type { Policy } from '../policy.ts'

/** A value that is loaded, on its way into the tiers. */
export interface LoadedValue {
  readonly key: string
  readonly value: unknown
  readonly policy: Policy
  readonly validators: Validators
  /** Milliseconds that the load took. */
  readonly cost: number
}

/** What the source said of a version of a value; an empty etag is none. */
interface Validators {
  readonly etag: string
  readonly lastModified: Date | undefined
}

export const NO_VALIDATORS: Validators = Object.freeze({ etag: '', lastModified: undefined })

/** Runs the loader, for `hardTimeout` at most, and takes in what it chose. */
export async function run(
  context: Context,
  request: LoadRequest,
  flight: LoadFlight,
): Promise<LoadedValue> {
  const { key, loader, policy, policies, held } = request
  const { clock, counters } = context
  const began = clock.now()
  counters.loads++
  let abort: AbortController | undefined
  let late: LoadTimeoutError | undefined
  const loaderContext: LoaderContext = {
    key,
    stale: held && staleOf(held, policy),
    get signal() {
      if (abort === undefined) {
        abort = new AbortController()
        // Asked for only now: a loader that was given up already is told at once.
        if (late !== undefined) abort.abort(late)
        else if (!flight.isOver) context.aborts.add(abort)
      }
      return abort.signal
    },
  }
  try {
    const answer = await bounded()
    const cost = clock.now() - began
    const chosen = loadedOptions(answer)
    const { isolate } = policy.family
    if (chosen === undefined) {
      return { key, value: isolate(answer), policy, cost, validators: NO_VALIDATORS }
    }
    const { etag, lastModified, ...life } = chosen.options
    const validators = { etag: checkedEtag(etag), lastModified: checkedDate(lastModified) }
    const { value, isUnchanged } = chosen
    if (!isUnchanged) {
      return { key, value: isolate(value), policy: policies.over(policy, life), cost, validators }
    }
    if (held === undefined) throw notStale(key)
    // A load like any other: what the source has now is what is held, whatever was invalidated meanwhile.
    return {
      key,
      value: held.value,
      policy: policies.over(policy, life, held.tags),
      cost,
      validators: {
        etag: etag === undefined ? (held.extras?.etag ?? '') : validators.etag,
        lastModified: validators.lastModified ?? held.extras?.lastModified,
      },
    }
  } catch (error) {
    const isLate = error instanceof LoadTimeoutError && error.key === key
    if (isLate) counters.loadTimeouts++
    else counters.loadErrors++
    context.report.load(
      policy.family,
      key,
      isLate ? 'timeout' : 'failed',
      clock.now() - began,
      error,
    )
    throw error
  } finally {
    flight.isOver = true
    if (abort !== undefined) context.aborts.delete(abort)
  }

  function bounded(): Promise<unknown> {
    const loading = new Promise<unknown>((resolve) => {
      resolve(runAs(flight, () => loader(loaderContext)))
    })
    if (policy.hardTimeout === Infinity) return loading
    return new Promise((resolve, reject) => {
      const cancel = clock.after(policy.hardTimeout, () => {
        late = new LoadTimeoutError(key, policy.hardTimeout)
        abort?.abort(late)
        reject(late)
      })
      loading.then(resolve, reject).finally(cancel)
    })
  }
}

function staleOf({ value, extras }: Entry, { family }: Policy): Stale<unknown> {
  return {
    value: family.isCloned ? structuredClone(value) : value,
    etag: extras?.etag === '' ? undefined : extras?.etag,
    lastModified: extras?.lastModified,
  }
}

function checkedEtag(etag: string | undefined): string {
  if (etag === undefined || etag === '') return ''
  checkName('an etag', etag)
  return etag
}

function checkedDate(date: Date | undefined): Date | undefined {
  if (date === undefined) return undefined
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw new ConfigError(`lastModified must be a valid Date (got ${String(date)})`)
  }
  return date
}
