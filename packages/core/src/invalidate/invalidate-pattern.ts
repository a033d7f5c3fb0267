import type { Engine } from '../engine.ts'
import { ConfigError } from '../errors.ts'
import { familyTag } from './implied-tags.ts'
import { checkName } from '../names.ts'
import { knownOnly } from '../checks.ts'
import { type SweepOptions, type SweepProgress, sweep } from './sweep.ts'
import type { Receipt } from '../write/write.ts'

/** Options of `invalidatePattern`. */
export interface PatternOptions extends SweepOptions {
  /** Look through Redis even if families cover the pattern: for keys stored past them. @default false */
  readonly sweep?: boolean
}

/** What `invalidatePattern` did. */
export interface PatternReceipt extends SweepProgress {
  /** Whether families were invalidated alone, or Redis was looked through. */
  readonly way: 'families' | 'sweep'
  /** The families that were invalidated. */
  readonly families: readonly string[]
  readonly receipt: Receipt
}

/** Families that cover a pattern are invalidated by their tags; else, or if asked for, Redis is swept. */
export async function invalidatePattern(
  engine: Engine,
  prefix: string,
  pattern: string,
  options: PatternOptions,
): Promise<PatternReceipt> {
  checkName('a pattern', pattern)
  knownOnly('options', options, ['sweep', 'signal', 'onProgress'])
  if (prefix.includes('*')) {
    throw new ConfigError(
      `the namespace "${prefix}" has a "*": its keys can't be told by a pattern`,
    )
  }
  const { context, shards, families, writer } = engine
  const full = prefix + pattern
  const names = families.coveredBy(full).map(({ name }) => name)
  const isCovered = names.length > 0
  const receipt = await writer.invalidateTags(names.map(familyTag), {})
  if (isCovered && options.sweep !== true) {
    return { way: 'families', families: names, receipt, looks: 0, dropped: 0 }
  }
  const began = context.clock.now()
  const progress = await sweep(shards, full, () => engine.isClosed, options)
  const ms = context.clock.now() - began
  context.report.write({ operation: 'sweep', keys: [full], tags: [], receipt: 'everywhere', ms })
  return { way: 'sweep', families: names, receipt, ...progress }
}
