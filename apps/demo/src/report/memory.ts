import type { Memory } from '../instance/messages.ts'
import { type Point, type Thirds, thirdsOf, trendOf } from './trend.ts'

/** What the processes of a run had in use. Megabytes. */
export interface MemoryResult {
  /** Those that lived long enough to tell, such as the ones that are never killed. */
  readonly lasting: readonly LastingMemory[]
  /** The others, at the same age, by when in the run they began; `undefined` if they were few. */
  readonly restarted: RestartedMemory | undefined
}

/** One process that lived for minutes, without the first two. */
export interface LastingMemory {
  readonly instance: number
  readonly minutes: number
  /** Objects and buffers, after a garbage collection. */
  readonly inUse: Thirds
  /** Compiled by V8, beside that. Absent in results of before it was told apart. */
  readonly code?: Thirds
  /** What the system has given it. */
  readonly resident: Thirds
  /** How much more is in use after an hour, and its error at 95 %. */
  readonly perHour: number
  readonly error: number
  readonly isGrowing: boolean
}

/** Processes of one age. */
export interface RestartedMemory {
  readonly lives: number
  /** Age in seconds. */
  readonly age: number
  readonly inUse: Thirds
}

const MB = 1_048_576
const HOUR = 3_600_000
const MINUTE = 60_000
/** A process compiles, optimizes and fills its tiers at first: milliseconds that are not looked at. */
const SETTLES_FOR = 2 * MINUTE
/** Least that is left to look at: in less, what still settles looks like growth. */
const LASTS = 5 * MINUTE
/** Growth over a whole life, in megabytes, that is Node's own affair, however sure it is. */
const OWN_AFFAIR = 1
/** Megabytes that Node lets go of at once, some minutes after it began: what it started with. */
const LET_GO = 2
/** The age at which short lives are compared, in milliseconds, and how many of them it takes. */
const COMPARED_AT = 10_000
const LEAST_LIVES = 9

/** What each process has told of its memory, by its incarnation. */
export class MemoryLog {
  readonly #lives = new Map<number, { readonly instance: number; readonly told: Memory[] }>()

  add({ instance, incarnation }: { instance: number; incarnation: number }, told: Memory): void {
    const life = this.#lives.get(incarnation)
    if (life === undefined) this.#lives.set(incarnation, { instance, told: [told] })
    else life.told.push(told)
  }

  result(): MemoryResult {
    // Incarnations are numbered as they began, and a map keeps the order.
    const lives = [...this.#lives.entries()].toSorted(([a], [b]) => a - b).map(([, life]) => life)
    const lasting: LastingMemory[] = []
    const short: Memory[][] = []
    for (const { instance, told } of lives) {
      const found = lastingOf(instance, told)
      if (found === undefined) short.push(told)
      else lasting.push(found)
    }
    return { lasting, restarted: restartedOf(short) }
  }
}

function lastingOf(instance: number, told: readonly Memory[]): LastingMemory | undefined {
  const settled = told.filter(({ age }) => age >= SETTLES_FOR)
  const [first, last] = [settled[0], settled.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const length = last.age - first.age
  const trend = trendOf(
    settled.map(({ age, inUse }): Point => [age / HOUR, inUse / MB]),
    LET_GO,
  )
  const thirds = (of: 'inUse' | 'code' | 'resident'): Thirds | undefined =>
    thirdsOf(settled.map((each) => each[of] / MB))
  const [inUse, code, resident] = [thirds('inUse'), thirds('code'), thirds('resident')]
  if (length < LASTS || !trend || !inUse || !code || !resident) return undefined
  const { slope, error } = trend
  const isGrowing = slope > error && (slope * length) / HOUR > OWN_AFFAIR
  return {
    instance,
    minutes: length / MINUTE,
    inUse,
    code,
    resident,
    perHour: slope,
    error,
    isGrowing,
  }
}

function restartedOf(lives: readonly (readonly Memory[])[]): RestartedMemory | undefined {
  const compared = lives.flatMap((told) => told.find(({ age }) => age >= COMPARED_AT) ?? [])
  const inUse = thirdsOf(compared.map((each) => each.inUse / MB))
  if (compared.length < LEAST_LIVES || inUse === undefined) return undefined
  return { lives: compared.length, age: COMPARED_AT / 1_000, inUse }
}

/** Whether a process was seen to grow; `undefined` if none lived long enough to tell. */
export function anyGrows({ lasting }: MemoryResult): boolean | undefined {
  return lasting.length === 0 ? undefined : lasting.some((life) => life.isGrowing)
}
