import { Template } from '../templates.ts'

/** Which parameters of a family are hidden: some, or all. */
export type Redaction = Readonly<Record<string, readonly string[] | true>>

const HIDDEN = '(hidden)'

/** Keys as logs show them. */
export class ShownKeys {
  readonly #redacted: readonly (readonly [Template, readonly string[] | true])[]
  readonly #hidesPlain: boolean

  constructor(redact: Redaction, hidesPlain: boolean) {
    this.#redacted = Object.entries(redact).map(([text, hidden]) => [new Template(text), hidden])
    this.#hidesPlain = hidesPlain
  }

  /** `key` without what is to be hidden; a key of the family that is read otherwise is hidden as well. */
  of(key: string, family?: string): string {
    for (const [template, hidden] of this.#redacted) {
      if (family !== undefined && family !== template.text) continue
      const shown = template.redacted(key, hidden)
      if (shown !== undefined) return shown
      if (family !== undefined) return family // not as its template has it: better nothing of it
    }
    return family === undefined && this.#hidesPlain ? HIDDEN : key
  }

  isHidden(key: string, family?: string): boolean {
    return this.of(key, family) !== key
  }
}
