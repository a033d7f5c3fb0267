import type { WriterStats } from '@tiercel/core'
import { complain } from './listen.ts'
import type { ObserveOptions } from './observe.ts'

type Writers = NonNullable<ObserveOptions['writers']>

/** Most that a collection waits for the queues: one that is away must not hold up the others. */
const QUEUES_WITHIN = 1_000

/** What the queues of `writers` stand at, by the writer's name: of those that answer in time. */
export async function queuesOf(writers: Writers): Promise<ReadonlyMap<string, WriterStats>> {
  const answers = await Promise.all(writers.map(queueOf))
  const queues = new Map<string, WriterStats>()
  for (const [i, stats] of answers.entries()) {
    if (stats !== undefined) queues.set((writers[i] as Writers[number]).name, stats)
  }
  return queues
}

async function queueOf(writer: Writers[number]): Promise<WriterStats | undefined> {
  const timeout = AbortSignal.timeout(QUEUES_WITHIN)
  try {
    const late = new Promise<undefined>((resolve) => {
      timeout.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    return await Promise.race([writer.stats(), late])
  } catch (error) {
    complain(error) // Redis is away: its own metrics say so, and these are absent
    return undefined
  }
}
