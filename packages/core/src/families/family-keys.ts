import { ConfigError } from '../errors.ts'
import type { TagsOf } from '../scope.ts'
import type { ParamsOf } from './key-params.ts'
import type { KeyTemplate } from './key-template.ts'
import type { KeyspaceOptions } from './keyspace-options.ts'

/** Parameters of any template. */
export type Params = ParamsOf<string>

/** The keys, and the tags, that a family makes of parameters. */
export class FamilyKeys {
  readonly #template: KeyTemplate
  /** Where the tags depend on the parameters. */
  readonly tagsOf: ((params: Params) => readonly string[]) | undefined

  constructor(template: KeyTemplate, { tags }: Pick<KeyspaceOptions, 'tags'>) {
    this.#template = template
    this.tagsOf = typeof tags === 'function' ? tags : undefined
  }

  /** @throws {ConfigError} naming the parameter that is not what it has to be */
  one(params: Params): string {
    return this.#template.key(params)
  }

  /** @throws {ConfigError} as `one`, and for what is no array */
  all(params: readonly Params[]): readonly string[] {
    if (!Array.isArray(params)) {
      throw new ConfigError(`params must be an array (got ${typeof params})`)
    }
    return params.map((each: Params) => this.#template.key(each))
  }

  /** The parameters by their keys, each once. */
  byKey(params: readonly Params[]): Map<string, Params> {
    return new Map(params.map((each) => [this.#template.key(each), each]))
  }

  /** The tags of each entry, where they are not the same for all. */
  tagsBy(byKey: ReadonlyMap<string, Params>): TagsOf | undefined {
    const { tagsOf } = this
    return tagsOf && ((key) => tagsOf(byKey.get(key) as Params))
  }
}
