import type { Body } from '../json.ts'
import type { Schema } from '../operation.ts'
import { Problem } from '../problem.ts'

const MOST = 1_000

/** What warming answers. */
export const WARMED: Schema = {
  type: 'object',
  properties: { found: { type: 'integer' }, missing: { type: 'integer' } },
}

/** The list that is the only member of `body`. @throws {Problem} */
export function listOf<T>(
  body: Body,
  name: string,
  isOne: (value: unknown) => value is T,
): readonly T[] {
  const { [name]: list, ...unknown } = body
  const isRight = Array.isArray(list) && list.length <= MOST && list.every(isOne)
  if (!isRight || Object.keys(unknown).length > 0) {
    throw new Problem(422, 'refused', `The body must be { ${name}: [ … ] }, of at most ${MOST}.`)
  }
  return list
}
