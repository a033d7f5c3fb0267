import type { Operation } from './operation.ts'
import { Problem } from './problem.ts'

/** Values that one parameter may have at most. */
const MOST_VALUES = 100

/**
 * The parameters of a query string, percent-decoded exactly once. Stricter than `URLSearchParams`, to which
 * "+" is a space and bad UTF-8 a replacement character: here they would name another key.
 *
 * @throws {Problem} for what is not decodable, unknown, missing, or there too often
 */
export function queryOf(
  search: string,
  { query: known = {} }: Operation,
): Record<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const part of search.split('&')) {
    if (part === '') continue
    const mark = part.indexOf('=')
    const name = decoded(mark === -1 ? part : part.slice(0, mark))
    if (!Object.hasOwn(known, name)) {
      const names = Object.keys(known).join(', ') || 'none'
      throw new Problem(400, 'parameter', `This route's parameters are: ${names}.`)
    }
    const values = found.get(name) ?? []
    values.push(mark === -1 ? '' : decoded(part.slice(mark + 1)))
    found.set(name, values)
  }
  for (const [name, { isRequired = false, isRepeated = false }] of Object.entries(known)) {
    const count = found.get(name)?.length ?? 0
    if (isRequired && count === 0) {
      throw new Problem(400, 'parameter', `The parameter "${name}" is required.`)
    }
    if (count > (isRepeated ? MOST_VALUES : 1)) {
      throw new Problem(400, 'parameter', `The parameter "${name}" is there too often.`)
    }
  }
  return Object.fromEntries(found)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Problem(400, 'encoding', 'The query is not percent-encoded UTF-8.')
  }
}
