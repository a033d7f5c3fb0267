import { type Body, isBody } from '../json.ts'
import type { Schema } from '../operation.ts'
import { Problem } from '../problem.ts'

/** The body of what changes settings while they are used. */
export function changesSchema(description: string): Schema {
  return {
    type: 'object',
    required: ['changes'],
    additionalProperties: false,
    properties: {
      changes: { type: 'object', description },
      everywhere: {
        type: 'boolean',
        default: true,
        description: 'For all instances and those to come, or for this one',
      },
    },
  }
}

/** What a body wants changed, and where. @throws {Problem} */
export function changesIn(body: Body): { changes: Body; everywhere: boolean } {
  const { changes, everywhere = true, ...unknown } = body
  if (!isBody(changes) || typeof everywhere !== 'boolean' || Object.keys(unknown).length > 0) {
    throw new Problem(
      422,
      'refused',
      'The body must be { changes: { … }, everywhere?: true | false }.',
    )
  }
  return { changes: meant(changes, (group) => (isBody(group) ? meant(group) : group)), everywhere }
}

/** The members, with what JSON has no word for. */
function meant(members: Body, other = (value: unknown): unknown => value): Body {
  const pairs = Object.entries(members).map(([name, value]) => {
    if (value === null) return [name, undefined] as const
    return [name, value === 'Infinity' ? Infinity : other(value)] as const
  })
  return Object.fromEntries(pairs)
}
