/** Members of a JSON object. */
export type Body = Readonly<Record<string, unknown>>

/** `value` as JSON, in which "no limit" is the text "Infinity", and a large integer a text. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (member === Infinity) return 'Infinity'
    return typeof member === 'bigint' ? String(member) : member
  })
}

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
