import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `condition` gives a truthy value; rejects after `ms`, naming `what` and the last failure. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { ms = 15_000, every = 10 }: { ms?: number; every?: number } = {},
): Promise<NonNullable<Awaited<T>>> {
  const end = Date.now() + ms
  let cause: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value as NonNullable<Awaited<T>>
      cause = undefined
    } catch (error) {
      // Kept for the message below: what is waited for may fail until it is there.
      cause = error
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`, { cause })
    await sleep(every)
  }
}
