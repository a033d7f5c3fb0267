import { setTimeout as pause } from 'node:timers/promises'

/** Generous: a test that waits this long has failed, however slow the machine is. */
const BOUND = 10_000

/** Waits until `condition` gives something truthy; rejects, naming `what`, if it never does. */
export async function until<T>(what: string, condition: () => T | Promise<T>): Promise<T> {
  const end = Date.now() + BOUND
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await pause(2)
  }
}
