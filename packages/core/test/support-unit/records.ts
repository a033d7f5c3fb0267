import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { CHANNELS } from '../../src/index.ts'

/** One record, and the channel that it came on. */
export type Heard = Readonly<Record<string, unknown>>

/** Channels that tell how long something took: no two runs have the same. */
const MEASURING = new Set(['trip', 'codec', 'beat'])

/** Hears what `namespace` reports, in order, without id and milliseconds: they are never the same. */
export function hear(namespace: string): { readonly heard: Heard[]; [Symbol.dispose](): void } {
  const heard: Heard[] = []
  const listeners = Object.entries(CHANNELS)
    .filter(([on]) => !MEASURING.has(on))
    .map(([on, name]) => {
      const listener = (record: unknown): void => {
        const { namespace: from, cache: _, lag: __, ms, ...rest } = record as Heard
        if (from !== namespace) return
        if (ms !== undefined && !((ms as number) >= 0))
          throw new Error(`${ms as number} ms on ${on}`)
        heard.push({ on, ...rest })
      }
      subscribe(name, listener)
      return { name, listener }
    })
  return {
    heard,
    [Symbol.dispose]: () => {
      for (const { name, listener } of listeners) unsubscribe(name, listener)
    },
  }
}
