/**
 * Decodes a million mutated payloads in a child process, which it watches: a crash, an error that is
 * not a CodecError, a batch that does not end and memory out of bounds all end in a report that names
 * the seed to repeat.
 *
 *   pnpm fuzz [payloads] [seed]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Progress } from './child.ts'

const BATCH = 10_000
/** A batch takes about a second; a payload that hangs takes for ever. */
const BATCH_DEADLINE = 120_000
/** The targets allow a megabyte each; the rest is the runtime and what it has yet to collect. */
const MOST_MEBIBYTES = 700

const payloads = Number(process.argv[2] ?? 1_000_000)
const firstSeed = Number(process.argv[3] ?? Math.trunc(Math.random() * 2 ** 31))

const child = fork(new URL('child.ts', import.meta.url), { execArgv: process.execArgv })
const ended = new AbortController()
child.once('exit', (code, signal) => ended.abort(`the child ended with ${signal ?? code}`))

const totals = { read: 0, refused: 0, peakMebibytes: 0 }
console.log(`${payloads} payloads from seed ${firstSeed}`)
for (let done = 0; done < payloads; done += BATCH) {
  const seed = firstSeed + done / BATCH
  const count = Math.min(BATCH, payloads - done)
  try {
    const progress = await batch(seed, count)
    totals.read += progress.read
    totals.refused += progress.refused
    totals.peakMebibytes = progress.peakMebibytes
    if (totals.peakMebibytes > MOST_MEBIBYTES)
      throw new Error(`${Math.round(totals.peakMebibytes)} MiB were taken`)
  } catch (error) {
    console.error(`failed; repeat with: pnpm fuzz ${count} ${seed}`)
    child.kill('SIGKILL')
    throw error
  }
}
child.disconnect()
console.log(
  `${totals.read} read, ${totals.refused} refused, peak ${Math.round(totals.peakMebibytes)} MiB`,
)

async function batch(seed: number, count: number): Promise<Progress> {
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(BATCH_DEADLINE)])
  const answer = once(child, 'message', { signal })
  child.send({ seed, count })
  const [progress] = await answer
  return progress
}
