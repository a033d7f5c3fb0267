/** One measurement: when, on any scale, and what. */
export type Point = readonly [at: number, value: number]

/** A straight line through measurements: how steep it is, and half of the interval that has the truth at 95 %. */
export interface Trend {
  readonly slope: number
  readonly error: number
}

/** Medians of the first, the middle and the last third. */
export type Thirds = readonly [first: number, middle: number, last: number]

/** The medians of so many parts are what the line is drawn through: one outlier, or ten, do not tilt it. */
const PARTS = 12
/** Student's t for two parameters less than parts, at 95 %, two-sided. */
const T = 2.228
/** Fewer in a part have no median to speak of. */
const LEAST_IN_PART = 2

/** The trend of `points`, which are in order; `undefined` if they are too few to tell. */
export function trendOf(points: readonly Point[]): Trend | undefined {
  if (points.length < PARTS * LEAST_IN_PART) return undefined
  const middles = split(points, PARTS).map((part): Point => [
    median(part.map(([at]) => at)),
    median(part.map(([, value]) => value)),
  ])
  const [meanAt, mean] = [meanOf(middles.map(([at]) => at)), meanOf(middles.map(([, y]) => y))]
  const spread = sumOf(middles, ([at]) => (at - meanAt) ** 2)
  const slope = sumOf(middles, ([at, y]) => (at - meanAt) * (y - mean)) / spread
  const left = sumOf(middles, ([at, y]) => (y - mean - slope * (at - meanAt)) ** 2)
  return { slope, error: T * Math.sqrt(left / (PARTS - 2) / spread) }
}

/** `undefined` if there are not three. */
export function thirdsOf(values: readonly number[]): Thirds | undefined {
  if (values.length < 3) return undefined
  return split(values, 3).map(median) as unknown as Thirds
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2
}

/** Consecutive parts, as equal as can be. */
function split<T>(all: readonly T[], parts: number): T[][] {
  const from = (part: number): number => Math.round((part * all.length) / parts)
  return Array.from({ length: parts }, (_, part) => all.slice(from(part), from(part + 1)))
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function sumOf(points: readonly Point[], of: (point: Point) => number): number {
  return points.reduce((sum, point) => sum + of(point), 0)
}
