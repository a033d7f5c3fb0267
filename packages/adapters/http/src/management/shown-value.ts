import { inspect } from 'node:util'
import { json } from './json.ts'

const LONGEST = 65_536
/** Parts of a value that are looked at; one with more is shown as text. */
const MOST_PARTS = 10_000
const DEEPEST = 100

/** A cached value for people: as it is if JSON can say it, else as text; a long one in part. */
export function shownValue(value: unknown): { value?: unknown; valueText?: string } {
  if (value === undefined) return {}
  const isWhole = isJson(value)
  const text = isWhole
    ? json(value)
    : inspect(value, { depth: 6, maxArrayLength: 1_000, maxStringLength: LONGEST })
  if (text.length > LONGEST) return { valueText: `${text.slice(0, LONGEST)} …` }
  return isWhole ? { value } : { valueText: text }
}

/** Whether JSON would say it whole: a Map, a Date or a circle it would not. */
function isJson(value: unknown): boolean {
  let parts = 0
  const holds = (part: unknown, depth: number): boolean => {
    if (++parts > MOST_PARTS || depth > DEEPEST) return false
    if (typeof part === 'number') return Number.isFinite(part)
    if (typeof part !== 'object' || part === null) {
      return typeof part === 'string' || typeof part === 'boolean' || part === null
    }
    const prototype: unknown = Object.getPrototypeOf(part)
    const isPlain = Array.isArray(part) || prototype === Object.prototype || prototype === null
    return isPlain && Object.values(part).every((member) => holds(member, depth + 1))
  }
  return holds(value, 0)
}
