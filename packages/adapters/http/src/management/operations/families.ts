import type { Keyspace, LiveOptions } from '@tiercel/core'
import { isBody } from '../json.ts'
import { type Call, OBJECT, type Operation, RECEIPT, required } from '../operation.ts'
import { Problem } from '../problem.ts'
import { changesIn, changesSchema } from './changes.ts'
import { WARMED, listOf } from './lists.ts'

const FAMILY = {
  family: {
    description: 'Its name: the template, with the namespace before it',
    schema: { type: 'string' },
    isRequired: true,
  },
} as const
const CHANGES = changesSchema(
  'Options of the family, and "enabled"; null goes back to what holds otherwise',
)

/** Families of keys, and what holds for them. */
export const FAMILIES: readonly Operation[] = [
  {
    id: 'families',
    method: 'GET',
    path: '/families',
    needs: 'read',
    summary: 'The families with their settings and statistics',
    answer: { type: 'object', properties: { families: { type: 'array', items: OBJECT } } },
    run: ({ cache }) => ({ families: Array.from(cache.keyspaces.values(), shown) }),
  },
  {
    id: 'family',
    method: 'GET',
    path: '/family',
    needs: 'read',
    summary: 'One family with its settings and statistics',
    query: FAMILY,
    answer: OBJECT,
    run: (call) => shown(familyOf(call)),
  },
  {
    id: 'configureFamily',
    method: 'PATCH',
    path: '/family',
    needs: 'write',
    summary: 'Changes lives and flags of a family while it is used',
    query: FAMILY,
    body: CHANGES,
    answer: RECEIPT,
    run: async (call) => {
      const family = familyOf(call)
      const { changes, everywhere } = changesIn(call.body)
      const receipt = await family.configure(changes as LiveOptions, { everywhere })
      return { receipt, settings: family.settings }
    },
  },
  {
    id: 'invalidateFamily',
    method: 'DELETE',
    path: '/family',
    needs: 'write',
    summary: 'Drops every entry of a family',
    query: FAMILY,
    answer: RECEIPT,
    run: async (call) => ({ receipt: await familyOf(call).invalidate() }),
  },
  {
    id: 'warmFamily',
    method: 'POST',
    path: '/family/warm',
    needs: 'write',
    summary: 'Brings entries into L1 of this instance: from L2, or by the loader of the family',
    query: FAMILY,
    body: {
      type: 'object',
      required: ['params'],
      additionalProperties: false,
      properties: { params: { type: 'array', items: OBJECT, maxItems: 1_000 } },
    },
    answer: WARMED,
    run: async (call) => {
      const family = familyOf(call)
      const params = listOf(call.body, 'params', isBody)
      const values = await family.getMany(params as never, { signal: call.signal })
      const found = values.filter((value) => value !== undefined).length
      return { found, missing: values.length - found }
    },
  },
]

function familyOf(call: Call): Keyspace {
  const family = call.cache.keyspaces.get(required(call, 'family'))
  if (family === undefined) throw new Problem(404, 'no-family', 'There is no such family.')
  return family
}

function shown(family: Keyspace): object {
  return { name: family.name, settings: family.settings, stats: family.stats() }
}
