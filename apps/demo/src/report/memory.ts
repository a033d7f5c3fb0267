/** What one instance had in use after a garbage collection. */
export interface Memory {
  /** Since the traffic began. */
  readonly seconds: number
  readonly bytes: number
}

/** Memory at the start, when the caches were warm, in the middle and at the end. */
export interface MemoryResult {
  readonly start: number
  readonly middle: number
  readonly end: number
  /** `undefined` if the run was too short to tell. */
  readonly isFlat: boolean | undefined
}

/** Measurements of which the first, the middle and the last thirds are compared, by their medians. */
const LEAST = 9
/** Growth from the first third to the last, in bytes, that still counts as flat. */
const FLAT = 2 * 1_024 * 1_024

/** The medians of the three thirds, so that what was under way at one instant does not decide. */
export function memoryOf(measured: readonly Memory[]): MemoryResult {
  const third = Math.ceil(measured.length / 3)
  const start = medianOf(measured.slice(0, third))
  const middle = medianOf(measured.slice(third, -third))
  const end = medianOf(measured.slice(-third))
  return { start, middle, end, isFlat: measured.length < LEAST ? undefined : end - start <= FLAT }
}

function medianOf(measured: readonly Memory[]): number {
  const sorted = measured.map(({ bytes }) => bytes).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
