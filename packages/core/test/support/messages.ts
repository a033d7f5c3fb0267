import type { Instance } from './stage.ts'
import { until } from './until.ts'

/** Runs `change`, and waits until each of `hearers` has applied one message more than before it. */
export async function heardBy(
  hearers: readonly Instance[],
  change: () => Promise<unknown>,
): Promise<void> {
  const before = hearers.map(({ cache }) => cache.stats().coherence.messages)
  await change()
  await until('the message to be applied', () =>
    hearers.every(({ cache }, i) => cache.stats().coherence.messages > (before[i] as number)),
  )
}
