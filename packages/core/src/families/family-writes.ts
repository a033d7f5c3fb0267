import type { Policy } from '../policy.ts'
import { type OpenWriter, openWriter } from '../write/open-writer.ts'
import { type WriteSource, writerRules } from '../write/source-writer.ts'
import { type SetOptions, lifeOf } from '../write/write-options.ts'
import { ConfigError } from '../errors.ts'
import type { InvalidateOptions, Receipt, WriteOptions } from '../write/write.ts'
import type { FamilyKeys, Params } from './family-keys.ts'
import type { FamilyNow } from './family-reads.ts'
import type { ParsedParamsOf } from './key-params.ts'
import type { KeyTemplate } from './key-template.ts'
import type { FamilyWriterOptions } from './keyspace-options.ts'

/** Begins the names of families' queues; no name that a caller gives to a writer can. */
const QUEUE = '='

/** Writes of one family, by parameters: into the cache alone, or by the family's writer. */
export class FamilyWrites {
  readonly writer: OpenWriter | undefined
  readonly #now: FamilyNow
  readonly #keys: FamilyKeys

  constructor(now: FamilyNow, keys: FamilyKeys, writer: OpenWriter | undefined) {
    this.writer = writer
    this.#now = now
    this.#keys = keys
  }

  async set(
    entries: Iterable<readonly [Params, unknown]>,
    options: SetOptions | undefined,
  ): Promise<Receipt> {
    const { scope, settings } = this.#now
    const byKey = new Map<string, Params>()
    const keyed = Array.from(entries, ([params, value]) => {
      const key = this.#keys.one(params)
      byKey.set(key, params)
      return [key, value] as const
    })
    const { writer } = this
    if (writer !== undefined) {
      const named = keyed.map(([key, value]) => [scope.name(key), value] as const)
      return writer.set(named, this.#policyOf(byKey, options), writeOnly(options))
    }
    // Nothing is kept, but what is there is no longer true.
    if (!settings.enabled) return scope.delete([...byKey.keys()], writeOnly(options))
    return scope.set(keyed, options, this.#keys.tagsBy(byKey))
  }

  async delete(
    params: readonly Params[],
    options: InvalidateOptions | undefined,
  ): Promise<Receipt> {
    const { scope } = this.#now
    const keys = this.#keys.all(params)
    if (this.writer === undefined) return scope.delete(keys, options)
    if (options?.again !== undefined) {
      throw new ConfigError('again: the writer of a family has the source before the cache')
    }
    const policyOf = this.#policyOf(this.#keys.byKey(params), undefined)
    return this.writer.delete(scope.names(keys), policyOf, writeOnly(options))
  }

  #policyOf(
    byKey: ReadonlyMap<string, Params>,
    options: SetOptions | undefined,
  ): (name: string) => Policy {
    const { scope, settings } = this.#now
    const policy = scope.policies.of(options && lifeOf(options))
    const kept = settings.enabled ? policy : { ...policy, ttl: 0 }
    return scope.policyOf(kept, this.#keys.tagsBy(byKey))
  }
}

/**
 * The writer of a family, which is given the parameters that its keys tell. Each version has a queue of
 * its own: what waits in the shape of an older one is written by instances that know it.
 *
 * @throws {ConfigError}
 */
export function openFamilyWriter(
  owner: string,
  name: string,
  template: KeyTemplate,
  now: FamilyNow,
  { write, ...options }: FamilyWriterOptions,
): OpenWriter {
  const { scope } = now
  const withParams: WriteSource<unknown> = (writes, context) =>
    write(
      writes.map((one) => ({ ...one, params: template.parse(one.key) as ParsedParamsOf<string> })),
      context,
    )
  const rules = writerRules(`${owner}.writer`, name, {
    ...options,
    write: typeof write === 'function' ? withParams : write,
  })
  const queue = `${QUEUE}${name}${template.suffix}`
  return openWriter(scope, rules, queue, () => now.scope.policies.standard)
}

/** Of the options of a set, those that a delete has too. */
function writeOnly({ strict }: SetOptions = {}): WriteOptions {
  return strict === undefined ? {} : { strict }
}
