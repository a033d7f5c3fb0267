import { type Call, type Operation, RECEIPT, first, required } from '../operation.ts'
import { Problem } from '../problem.ts'
import { shownValue } from '../shown-value.ts'
import { WARMED, listOf } from './lists.ts'

const TEXT = { type: 'string' } as const
const KEY = { description: 'The key', schema: TEXT, isRequired: true }
const PATTERN = {
  pattern: { description: 'What keys match; "*" stands for any characters', schema: TEXT },
  prefix: { description: 'What keys begin with', schema: TEXT },
} as const

/** What is stored. */
export const ENTRIES: readonly Operation[] = [
  {
    id: 'keys',
    method: 'GET',
    path: '/keys',
    needs: 'read',
    summary: 'A page of the stored keys; without pattern, prefix or family, of all',
    query: {
      ...PATTERN,
      family: { description: 'Name of the family that they are of', schema: TEXT },
      cursor: { description: 'The cursor of the page before', schema: TEXT },
      limit: {
        description: 'About how many',
        schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
      },
    },
    answer: {
      type: 'object',
      required: ['keys'],
      properties: {
        keys: { type: 'array', items: TEXT },
        cursor: { ...TEXT, description: 'For the next page; absent: there is none' },
      },
    },
    run: (call) => {
      const pattern = patternOf(call)
      const [family, cursor, limit] = ['family', 'cursor', 'limit'].map((of) => first(call, of))
      return call.cache.keys({
        ...(pattern !== undefined && { pattern }),
        ...(family !== undefined && { family }),
        ...(cursor !== undefined && { cursor }),
        ...(limit !== undefined && { limit: /^\d{1,4}$/.test(limit) ? Number(limit) : NaN }),
      })
    },
  },
  {
    id: 'deleteKeys',
    method: 'DELETE',
    path: '/keys',
    needs: 'write',
    summary: 'Drops the keys of a pattern or prefix everywhere; in steps, unless families cover it',
    query: PATTERN,
    answer: RECEIPT,
    run: (call) => sweep(call),
  },
  {
    id: 'inspect',
    method: 'GET',
    path: '/entry',
    needs: 'read',
    summary: 'What both tiers have under a key',
    query: {
      key: KEY,
      value: { description: 'Whether to show the value', schema: { enum: ['true', 'false'] } },
    },
    answer: { type: 'object', required: ['key'], properties: { key: TEXT } },
    run: (call) => inspect(call),
  },
  {
    id: 'deleteKey',
    method: 'DELETE',
    path: '/entry',
    needs: 'write',
    summary: 'Drops a key everywhere',
    query: { key: KEY },
    answer: RECEIPT,
    run: async (call) => ({ receipt: await call.cache.delete(required(call, 'key')) }),
  },
  {
    id: 'invalidateTags',
    method: 'DELETE',
    path: '/tags',
    needs: 'write',
    summary: 'Drops every entry that carries one of the tags',
    query: {
      tag: { description: 'A tag', schema: TEXT, isRequired: true, isRepeated: true },
    },
    answer: RECEIPT,
    run: async ({ cache, query: { tag = [] } }) => ({ receipt: await cache.invalidateTags(tag) }),
  },
  {
    id: 'clear',
    method: 'DELETE',
    path: '/entries',
    needs: 'write',
    summary: 'Drops every entry of the cache or namespace that is managed',
    answer: RECEIPT,
    run: async ({ cache }) => ({ receipt: await cache.clear() }),
  },
  {
    id: 'warm',
    method: 'POST',
    path: '/warm',
    needs: 'write',
    summary: 'Brings keys of no family into L1 of this instance, from L2',
    body: {
      type: 'object',
      required: ['keys'],
      additionalProperties: false,
      properties: { keys: { type: 'array', items: TEXT, maxItems: 1_000 } },
    },
    answer: WARMED,
    run: async ({ cache, body, signal }) => {
      const keys = listOf(body, 'keys', isText)
      const found = (await cache.getMany(keys, { signal })).size
      return { found, missing: new Set(keys).size - found }
    },
  },
]

async function sweep(call: Call): Promise<unknown> {
  const pattern = patternOf(call)
  if (pattern === undefined) {
    throw new Problem(400, 'parameter', 'The parameter "pattern" or "prefix" is required.')
  }
  const { signal, cache } = call
  let progress = { looks: 0, dropped: 0 }
  try {
    return await cache.invalidatePattern(pattern, {
      signal,
      onProgress: ({ looks, dropped }) => {
        progress = { looks, dropped }
      },
    })
  } catch (error) {
    if (error !== signal.reason) throw error
    const detail = 'It was ended before all keys were seen; those that were dropped stay so.'
    throw new Problem(504, 'unfinished', detail, progress)
  }
}

async function inspect(call: Call): Promise<unknown> {
  const { cache, settings, request } = call
  const key = required(call, 'key')
  const asked = first(call, 'value') ?? 'false'
  if (asked !== 'true' && asked !== 'false') {
    throw new Problem(400, 'parameter', 'The parameter "value" must be true or false.')
  }
  if (asked === 'false') return cache.inspect(key)
  if (!settings.showValues(key, request)) {
    throw new Problem(403, 'values-hidden', 'Values are not shown.')
  }
  const { value, ...found } = await cache.inspect(key, { value: true })
  return { ...found, ...shownValue(value) }
}

function patternOf(call: Call): string | undefined {
  const [pattern, prefix] = [first(call, 'pattern'), first(call, 'prefix')]
  if (prefix === undefined) return pattern
  if (pattern !== undefined || prefix === '' || prefix.includes('*')) {
    const detail = 'Give a prefix that is not empty and has no "*", or a pattern.'
    throw new Problem(422, 'refused', detail)
  }
  return `${prefix}*`
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
