import { registerHooks } from 'node:module'

/** A rule of the cache, as its source has it, and what is left without it. */
interface Break {
  readonly file: string
  /** Occurs once. */
  readonly search: string
  readonly replace: string
}

/** Rules that can be taken away, to see that the checker misses them. */
export const BREAKS = {
  /** The time check: what is held is trusted however long nothing was heard. */
  bound: {
    file: 'core/src/entry.ts',
    search: '(now <= view.trustUntil || now - entry.at <= view.bound)',
    replace: 'now > 0',
  },
  /** The gap check: a message after a hole counts as all before it. */
  gap: {
    file: 'core/src/coherence/sequence.ts',
    search: "return 'gap'",
    replace: '',
  },
  /** The fence: a load that an invalidation overtook is stored. */
  fence: {
    file: 'core/src/redis/scripts/fill.ts',
    search: 'read[r] == fence and ',
    replace: '',
  },
} as const satisfies Record<string, Break>

export type BreakName = keyof typeof BREAKS

const name = process.env['TIERCEL_BREAK'] as BreakName | undefined
if (name !== undefined) withoutRule(BREAKS[name])

/** Loads the cache's source without a rule. */
function withoutRule(rule: Break): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context)
      if (!url.endsWith(rule.file) || loaded.source == null) return loaded
      const { source } = loaded
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source)
      return { ...loaded, source: without(rule, text) }
    },
  })
}

/** The source `text` without a rule. @throws when the rule is not where it was */
export function without({ file, search, replace }: Break, text: string): string {
  const parts = text.split(search)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(`${file} has the rule ${parts.length - 1} times, not once`)
}
