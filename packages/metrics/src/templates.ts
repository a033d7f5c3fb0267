const SLOT = /\{([A-Za-z_]\w*|\d+)(?::\w+)?\}/

/** What a filled-in parameter is made of: core encodes everything else in it. */
const FILLED = "([\\w.~!'()%-]+)"

/** A family's template, matched against keys. */
export class Template {
  readonly text: string
  readonly #names: readonly string[]
  readonly #literals: readonly string[]
  readonly #pattern: RegExp

  constructor(text: string) {
    const parts = text.split(SLOT)
    this.text = text
    this.#literals = parts.filter((_, i) => i % 2 === 0)
    this.#names = parts.filter((_, i) => i % 2 === 1)
    const literals = this.#literals.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    // A family with a version has it behind the template.
    this.#pattern = new RegExp(`^${literals.join(FILLED)}(@\\d+)?$`)
  }

  matches(key: string): boolean {
    return this.#pattern.test(key)
  }

  /** `key` without the values of `hidden`; `undefined` if the template does not make it. */
  redacted(key: string, hidden: readonly string[] | true): string | undefined {
    const match = this.#pattern.exec(key)
    if (match === null) return undefined
    const names = this.#names
    const shown = names.map((name, i) =>
      hidden === true || hidden.includes(name) ? `{${name}}` : (match[i + 1] as string),
    )
    const end = match[names.length + 1] ?? ''
    return this.#literals.map((part, i) => part + (shown[i] ?? '')).join('') + end
  }
}
