import { setTimeout as pause } from 'node:timers/promises'

/** Generous: a test that waits this long has failed, however slow the machine. */
const BOUND = 10_000
const EVERY = 5

/** Waits until `condition` gives a truthy value; rejects after the bound, naming `what`. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + BOUND
  for (;;) {
    const value = await condition()
    if (value) return value as NonNullable<Awaited<T>>
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await pause(EVERY)
  }
}
