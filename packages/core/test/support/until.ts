import { setTimeout as pause } from 'node:timers/promises'

export { eventually, until } from '@tiercel/dev-redis'

/** Generous: what takes this long hangs, however slow the machine. */
const BOUND = 10_000

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
