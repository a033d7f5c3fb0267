import { setTimeout as pause } from 'node:timers/promises'

/** Generous: a test that waits this long has failed, however slow the machine. */
const BOUND = 10_000
const EVERY = 5

/** Waits until `condition` gives a truthy value; rejects after `ms`, naming `what` and the last failure. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  ms: number = BOUND,
): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + ms
  let cause: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value as NonNullable<Awaited<T>>
      cause = undefined
    } catch (error) {
      cause = error // what is waited for may fail until it is there
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`, { cause })
    await pause(EVERY)
  }
}

/** `promise`, or a rejection naming `what` if it does not settle within the generous bound. */
export async function settled<T>(
  what: string,
  promise: Promise<T>,
  ms: number = BOUND,
): Promise<T> {
  const abort = new AbortController()
  const watchdog = pause(ms, undefined, { signal: abort.signal }).then(
    () => {
      throw new Error(`hangs: ${what}`)
    },
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([promise, watchdog])
  } finally {
    abort.abort()
  }
}
