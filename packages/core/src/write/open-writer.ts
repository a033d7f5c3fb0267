import { type Duration, milliseconds } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import type { Policy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import type {
  DeadLetter,
  SourceWriter,
  WriterControl,
  WriterRules,
  WriterStats,
} from './source-writer.ts'
import { checkValue } from './own-value.ts'
import { WriteBehind } from '../write-behind/behind.ts'
import { type SourceChange, WriteThrough } from './write-through.ts'
import type { Receipt, WriteOptions } from './write.ts'

const FLUSH_WITHIN = '30s'
const LETTERS = 100
/** What waits says whose it is in a name of one byte's length. */
const LONGEST_NAME = 255

/** A writer in terms of names, each of which has a policy. */
export interface OpenWriter {
  readonly control: WriterControl
  set(
    entries: Iterable<readonly [name: string, value: unknown]>,
    policyOf: (name: string) => Policy,
    options: WriteOptions,
  ): Promise<Receipt>
  delete(
    names: readonly string[],
    policyOf: (name: string) => Policy,
    options: WriteOptions,
  ): Promise<Receipt>
}

/** Makes the writer of what is in `scope` that `rules` ask for, with a policy for all. */
export function sourceWriter<T>(scope: Scope, rules: WriterRules, policy: Policy): SourceWriter<T> {
  const policyOf = (): Policy => policy
  const writer = openWriter(scope, rules, scope.prefix + rules.name, policyOf)
  const named = (entries: Iterable<readonly [string, T]>) =>
    Array.from(entries, ([key, value]) => [scope.name(key), value] as const)
  return {
    ...(writer.control as WriterControl<T>),
    set: async (key, value) => writer.set(named([[key, value]]), policyOf, {}),
    setMany: async (entries) => writer.set(named(entries), policyOf, {}),
    delete: async (key) => writer.delete([scope.name(key)], policyOf, {}),
  }
}

/**
 * Opens a writer whose queue, if it has one, is called `queue`. `standard` is the policy of what has no
 * other.
 *
 * @throws {ConfigError}
 */
export function openWriter(
  { engine, prefix }: Scope,
  rules: WriterRules,
  queue: string,
  standard: () => Policy,
): OpenWriter {
  const { context, writer, shards } = engine
  const plan = {
    context,
    writer,
    shards,
    rules,
    turns: engine.turns,
    shardOf: (name: string) => engine.shardOf(name),
    named: (name: string) => name.slice(prefix.length),
  }
  if (Buffer.byteLength(queue) > LONGEST_NAME) {
    throw new ConfigError(`a writer's name must be at most ${LONGEST_NAME} bytes (got "${queue}")`)
  }
  const behind =
    rules.mode === 'behind'
      ? new WriteBehind({ ...plan, standard, open: engine.openQueues(queue) })
      : undefined
  const through = new WriteThrough(plan)
  if (behind !== undefined) engine.addDrain(queue, (within) => behind.drain(within))
  const write = (changes: ReadonlyMap<string, SourceChange>, options: WriteOptions) =>
    behind === undefined ? through.write(changes, options) : behind.write(changes)
  return {
    control: controlOf(rules.name, through, behind),
    set: async (entries, policyOf, options) => {
      const changes = new Map<string, SourceChange>()
      for (const [name, value] of entries) {
        checkValue(plan.named(name), value)
        const policy = policyOf(name)
        changes.set(name, { value: policy.family.isolate(value), policy })
      }
      return write(changes, options)
    },
    delete: async (names, policyOf, options) =>
      write(
        new Map(names.map((name) => [name, { value: undefined, policy: policyOf(name) }])),
        options,
      ),
  }
}

function controlOf(
  name: string,
  through: WriteThrough,
  behind: WriteBehind | undefined,
): WriterControl {
  return {
    name,
    flush: async ({ within = FLUSH_WITHIN }: { readonly within?: Duration } = {}) =>
      behind === undefined ? true : behind.flush(milliseconds('within', within)),
    stats: async (): Promise<WriterStats> =>
      behind === undefined ? throughStats(through) : behind.stats(),
    deadLetters: async ({ limit = LETTERS } = {}): Promise<readonly DeadLetter[]> =>
      behind === undefined ? [] : behind.deadLetters(limit),
    redrive: async (letter) => behind !== undefined && behind.redrive(letter),
    drop: async (letter) => behind !== undefined && behind.drop(letter),
  }
}

function throughStats({ written, failedCalls }: WriteThrough): WriterStats {
  return { written, failedCalls, held: 0, depth: 0, taken: 0, lag: 0, deadLetters: 0 }
}
