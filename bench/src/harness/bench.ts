import type { Lab } from './lab.ts'

/** What a number has to stay under, or reach. */
export interface Target {
  readonly bound: 'most' | 'least'
  readonly value: number
}

/** One line of the table: a number, what it was made of, and what it should be. */
export interface Row {
  readonly what: string
  readonly ours: string
  readonly raw: string
  readonly measured: number
  readonly unit: 'x' | 'B' | 'ms' | 'µs'
  /** Absent: told for comparison alone. */
  readonly target?: Target
}

/** One thing that is measured. */
export interface Bench {
  /** What `--only` calls it. */
  readonly name: string
  readonly about: string
  run(lab: Lab): Promise<readonly Row[]>
}

/** Whether a row keeps its target; `undefined` where there is none. */
export function isMet({ measured, target }: Row): boolean | undefined {
  if (target === undefined) return undefined
  return target.bound === 'most' ? measured <= target.value : measured >= target.value
}
