/** The source of truth: a version of every key, each made by a commit. */
export class Source {
  readonly #versions: number[]
  readonly #loaded = new Set<string>()
  /** Runs of the loader; those that brought a version which had been loaded before by anybody. */
  loads = 0
  extraLoads = 0

  constructor(keys: number) {
    this.#versions = Array.from({ length: keys }, () => 1)
  }

  load(key: number): number {
    const version = this.#versions[key] as number
    const loaded = `${key} ${version}`
    this.loads++
    if (this.#loaded.has(loaded)) this.extraLoads++
    this.#loaded.add(loaded)
    return version
  }

  commit(keys: readonly number[]): readonly number[] {
    return keys.map((key) => {
      const version = (this.#versions[key] as number) + 1
      this.#versions[key] = version
      return version
    })
  }

  get versions(): readonly number[] {
    return this.#versions
  }
}
