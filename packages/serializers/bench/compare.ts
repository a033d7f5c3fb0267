const ROUNDS = 41
/** Long enough for the clock, short enough that a disturbance spoils one round of many. */
const ROUND_MS = 2

/** Keeps the last result alive, or the work could be optimized away. */
const kept: unknown[] = []

/**
 * How much longer one function takes than another. Both run by turns and the fastest round of each
 * counts, since whatever else the machine does only ever makes a round slower.
 */
export function ratioOf(ours: () => unknown, theirs: () => unknown): number {
  const calls = callsFor(theirs)
  let [our, their] = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round++) {
    our = Math.min(our, timeOf(ours, calls))
    their = Math.min(their, timeOf(theirs, calls))
  }
  return our / their
}

function callsFor(work: () => unknown): number {
  let calls = 1
  while (timeOf(work, calls) < ROUND_MS) calls *= 2
  return calls
}

function timeOf(work: () => unknown, calls: number): number {
  const start = performance.now()
  for (let call = 0; call < calls; call++) kept[0] = work()
  return performance.now() - start
}
