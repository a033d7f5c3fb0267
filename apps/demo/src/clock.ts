/**
 * Milliseconds of the machine's monotonic clock. All its processes share it, and nobody sets it: the
 * instants of two processes can be compared.
 */
export function hostNow(): number {
  return OFFSET + performance.now()
}

const ATTEMPTS = 50
const OFFSET = measuredOffset()

/** From the process's own clock to the machine's: the same clock, counted from another instant. */
function measuredOffset(): number {
  let [best, offset] = [Infinity, 0]
  for (let i = 0; i < ATTEMPTS; i++) {
    const before = performance.now()
    const [seconds, nanoseconds] = process.hrtime()
    const after = performance.now()
    if (after - before >= best) continue
    best = after - before
    offset = seconds * 1e3 + nanoseconds / 1e6 - (before + after) / 2
  }
  return offset
}
