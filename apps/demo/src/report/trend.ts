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
/** Student's t at 95 %, two-sided: for `PARTS` less two parameters, and less one part and three. */
const T = { plain: 2.228, broken: 2.306 }
/** What a line leaves of the values that a broken one has to explain almost all of, or it is none. */
const EXPLAINED = 0.25
/** Fewer in a part have no median to speak of. */
const LEAST_IN_PART = 2

/**
 * The trend of `points`, which are in order; `undefined` if they are too few to tell. What falls once by
 * `drop` or more, and is straight else, has the trend of both sides: the fall hides no growth.
 */
export function trendOf(points: readonly Point[], drop: number): Trend | undefined {
  if (points.length < PARTS * LEAST_IN_PART) return undefined
  const middles = split(points, PARTS).map((part): Point => [
    median(part.map(([at]) => at)),
    median(part.map(([, value]) => value)),
  ])
  const plain = fit([middles])
  let best = plain
  for (let at = 1; at < PARTS - 1; at++) {
    const [before, after] = [middles.slice(0, at), middles.slice(at + 1)] // it falls in the part between
    const fall = (before.at(-1)?.[1] ?? 0) - (after[0]?.[1] ?? 0)
    const broken = fit([before, after])
    if (fall >= drop && broken.left < plain.left * EXPLAINED && broken.left < best.left) {
      best = broken
    }
  }
  const [t, freedom] = best === plain ? [T.plain, PARTS - 2] : [T.broken, PARTS - 4]
  return { slope: best.slope, error: t * Math.sqrt(best.left / freedom / best.spread) }
}

/** Parallel lines through the sides: their slope, and what is left of the values. */
interface Fit {
  readonly slope: number
  readonly left: number
  readonly spread: number
}

function fit(sides: readonly (readonly Point[])[]): Fit {
  const points = sides.flatMap((side) => {
    const [at, value] = [meanOf(side.map(([x]) => x)), meanOf(side.map(([, y]) => y))]
    return side.map(([x, y]): Point => [x - at, y - value])
  })
  const spread = sumOf(points, ([x]) => x ** 2)
  const slope = sumOf(points, ([x, y]) => x * y) / spread
  const left = sumOf(points, ([x, y]) => (y - slope * x) ** 2)
  return { slope, left, spread }
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
