/** The label of keys that belong to no family. */
export const NO_FAMILY = '(none)'
/** The label of the families beyond the limit, which share one. */
export const OTHER_FAMILIES = '(other)'

/** Labels of families, so many at most: a label is a template, and never a key. */
export class FamilyLabels {
  readonly #limit: number
  readonly #known = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  of(family: string | undefined): string {
    if (family === undefined) return NO_FAMILY
    if (this.#known.has(family)) return family
    if (this.#known.size >= this.#limit) return OTHER_FAMILIES
    this.#known.add(family)
    return family
  }
}
