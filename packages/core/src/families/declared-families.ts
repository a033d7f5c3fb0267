import { ConfigError } from '../errors.ts'
import { type Shape, includes, intersects, shapeOfGlob } from '../invalidate/glob.ts'
import type { Keyspace } from './keyspace.ts'

/** Families of one cache: each costs a comparison with every other when it is declared. */
const MOST_FAMILIES = 1_000

interface Declared {
  readonly name: string
  readonly shape: Shape
  readonly options: object
  readonly keyspace: Keyspace
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

function areSame(a: object, b: object): boolean {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return names.every((name) =>
    Object.is((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  )
}
