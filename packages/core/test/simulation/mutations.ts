import { COHERENCE } from './mutations-of-coherence.ts'
import { READS_AND_LOADS } from './mutations-of-loads.ts'
import { SCRIPTS } from './mutations-of-scripts.ts'

/** A text that occurs exactly once in `file`, which is under packages/core, and what takes its place. */
interface Edit {
  readonly file: string
  readonly search: string
  readonly replace: string
}

/** One rule that is taken away: a world breaks without it, or the test that is named fails. */
export interface Mutation extends Edit {
  readonly rule: string
  /** What else has to go, where two rules stand behind each other. */
  readonly also?: readonly Edit[]
  /** The test that notices what no world can. */
  readonly test?: string
  /** Why nothing can notice: the product does the same without it. */
  readonly equivalent?: string
}

/** The rules that the protocol rests on. */
export const MUTATIONS: readonly Mutation[] = [...SCRIPTS, ...COHERENCE, ...READS_AND_LOADS]
