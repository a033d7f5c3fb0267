import { ConfigError } from '../errors.ts'
import { type Shape, includes, intersects, shapeOfGlob } from '../invalidate/glob.ts'
import type { Family } from './family.ts'
import type { KeyTemplate } from './key-template.ts'
import type { Keyspace } from './keyspace.ts'

/** Families of one cache: each costs a comparison with every other when it is declared. */
const MOST_FAMILIES = 1_000

interface Declared {
  readonly name: string
  readonly shape: Shape
  readonly options: object
  readonly keyspace: Keyspace
  readonly family: Family
  readonly prefix: string
  readonly template: KeyTemplate
}

/** The families of one cache, in all its namespaces. */
export class DeclaredFamilies {
  readonly #all = new Map<string, Declared>()

  /**
   * The family that was declared before with the same name and options, if there is one.
   *
   * @throws {ConfigError} if it had other options, or another family can make one of its keys
   */
  find(name: string, shape: Shape, options: object): Keyspace | undefined {
    const same = this.#all.get(name)
    if (same !== undefined) {
      if (areSame(same.options, options)) return same.keyspace
      throw new ConfigError(`keyspace "${name}" is declared twice, with other options`)
    }
    for (const other of this.#all.values()) {
      if (intersects(shape, other.shape)) {
        throw new ConfigError(
          `keyspaces "${name}" and "${other.name}" could make the same key; ` +
            'begin one with a name of its own, or give its parameters a kind',
        )
      }
    }
    if (this.#all.size === MOST_FAMILIES) {
      throw new ConfigError(
        `at most ${MOST_FAMILIES} keyspaces in one cache; declare them once, not for each request`,
      )
    }
    return undefined
  }

  add(declared: Declared): void {
    this.#all.set(declared.name, declared)
  }

  get(name: string): Keyspace | undefined {
    return this.#all.get(name)?.keyspace
  }

  /** Those of a namespace, and of the namespaces in it, by their names. */
  below(prefix: string): ReadonlyMap<string, Keyspace> {
    const found = [...this.#all.values()].filter(({ name }) => name.startsWith(prefix))
    return new Map(found.map(({ name, keyspace }) => [name, keyspace]))
  }

  /** The family that `key`, with its namespaces, is of. */
  of(key: string): Declared | undefined {
    for (const declared of this.#all.values()) if (isOf(declared, key)) return declared
    return undefined
  }

  /** A test for the keys of the family `name`, and a pattern that matches them and few others. */
  keysOf(name: string): { glob: string; accepts: (key: string) => boolean } | undefined {
    const declared = this.#all.get(name)
    if (declared === undefined) return undefined
    const { prefix, template } = declared
    const glob = prefix + template.literals.join('*')
    return { glob, accepts: (key) => isOf(declared, key) }
  }

  /** The families all of whose keys match `pattern`, if no other has keys that do. */
  coveredBy(pattern: string): readonly Keyspace[] {
    const glob = shapeOfGlob(pattern)
    const covered: Keyspace[] = []
    for (const { shape, keyspace } of this.#all.values()) {
      if (includes(glob, shape)) covered.push(keyspace)
      else if (intersects(glob, shape)) return []
    }
    return covered
  }
}

function isOf({ prefix, template }: Declared, key: string): boolean {
  return key.startsWith(prefix) && template.parse(key.slice(prefix.length)) !== undefined
}

function areSame(a: object, b: object): boolean {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return names.every((name) =>
    Object.is((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  )
}
