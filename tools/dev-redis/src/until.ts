import { setTimeout as sleep } from 'node:timers/promises'

/** How long is waited, and how often is looked. */
export interface UntilOptions {
  /** Milliseconds. Generous: who waits this long has failed, however slow the machine. @default 15,000 */
  readonly ms?: number | undefined
  /** Milliseconds between two looks. @default 5 */
  readonly every?: number
}

type Condition<T> = () => T | Promise<T>
type There<T> = NonNullable<Awaited<T>>

/**
 * Waits until `condition` gives something truthy, and gives that. Rejects after `ms`, naming `what`;
 * and at once when `condition` throws, as one does that expects something.
 */
export function until<T>(
  what: string,
  condition: Condition<T>,
  options: UntilOptions = {},
): Promise<There<T>> {
  return wait(what, condition, options, () => undefined)
}

/** The same for what may fail until it is there; rejects with the last failure as its cause. */
export function eventually<T>(
  what: string,
  condition: Condition<T>,
  options: UntilOptions = {},
): Promise<There<T>> {
  let failure: unknown
  const attempt = async (): Promise<Awaited<T> | undefined> => {
    failure = undefined
    try {
      return await condition()
    } catch (error) {
      failure = error
      return undefined
    }
  }
  return wait(what, attempt, options, () => failure)
}

async function wait<T>(
  what: string,
  condition: Condition<T>,
  { ms = 15_000, every = 5 }: UntilOptions,
  failure: () => unknown,
): Promise<There<T>> {
  const end = Date.now() + ms
  for (;;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`, { cause: failure() })
    await sleep(every)
  }
}
