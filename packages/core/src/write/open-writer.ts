import { type Duration, milliseconds } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import type { Policy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import type { DeadLetter, SourceWriter, WriterRules, WriterStats } from './source-writer.ts'
import { WriteBehind } from '../write-behind/behind.ts'
import { WriteThrough } from './write-through.ts'
import type { Receipt } from './write.ts'

const FLUSH_WITHIN = '30s'
const LETTERS = 100

/** Makes the writer of what is in `scope` that `rules` ask for. */
export function openWriter<T>(scope: Scope, rules: WriterRules, policy: Policy): SourceWriter<T> {
  const { engine } = scope
  const { context, writer, shards } = engine
  const plan = {
    context,
    writer,
    shards,
    rules,
    policy,
    turns: engine.turns,
    shardOf: (key: string) => engine.shardOf(key),
    named: (key: string) => key.slice(scope.prefix.length),
  }
  const name = scope.prefix + rules.name
  const behind =
    rules.mode === 'behind'
      ? new WriteBehind({ ...plan, open: engine.openQueues(name) })
      : undefined
  const through = new WriteThrough(plan)
  if (behind !== undefined) engine.addDrain(name, (within) => behind.drain(within))
  const write = (entries: ReadonlyMap<string, unknown>): Promise<Receipt> =>
    behind === undefined ? through.write(entries) : behind.write(entries)
  const named = (entries: Iterable<readonly [string, T]>): ReadonlyMap<string, unknown> =>
    new Map(
      [...entries].map(([key, value]) => {
        if (value !== undefined) return [scope.name(key), policy.family.isolate(value)]
        throw new ConfigError(`"${key}" can't be set to undefined; delete it, or set null`, { key })
      }),
    )
  return {
    name: rules.name,
    set: async (key: string, value: T) => write(named([[key, value]])),
    setMany: async (entries) => write(named(entries)),
    delete: async (key) => write(new Map([[scope.name(key), undefined]])),
    flush: async ({ within = FLUSH_WITHIN }: { readonly within?: Duration } = {}) =>
      behind === undefined ? true : behind.flush(milliseconds('within', within)),
    stats: async (): Promise<WriterStats> =>
      behind === undefined ? throughStats(through) : behind.stats(),
    deadLetters: async ({ limit = LETTERS } = {}) =>
      behind === undefined ? [] : ((await behind.deadLetters(limit)) as readonly DeadLetter<T>[]),
    redrive: async (letter) => behind !== undefined && behind.redrive(letter),
    drop: async (letter) => behind !== undefined && behind.drop(letter),
  }
}

function throughStats({ written, failedCalls }: WriteThrough): WriterStats {
  return { written, failedCalls, held: 0, depth: 0, taken: 0, lag: 0, deadLetters: 0 }
}
