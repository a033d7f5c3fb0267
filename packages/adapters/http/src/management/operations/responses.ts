import { type Call, OBJECT, type Operation, RECEIPT, first, required } from '../operation.ts'
import type { ManagedResponses, ManagedRoute, RouteChange } from '../options.ts'
import { Problem } from '../problem.ts'

const CHANGEABLE = [
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'rollout',
  'maxBodyBytes',
] as const
const DURATION = { type: ['integer', 'string'] }

/** The response cache, if there is one. */
export const RESPONSES: readonly Operation[] = [
  {
    id: 'responses',
    method: 'GET',
    path: '/responses',
    needs: 'read',
    summary: 'The routes whose responses are cached, with their settings',
    answer: { type: 'object', properties: { routes: { type: 'array', items: OBJECT } } },
    run: (call) => ({ routes: Array.from(responsesOf(call).routes.values(), shown) }),
  },
  {
    id: 'changeResponses',
    method: 'PATCH',
    path: '/responses',
    needs: 'write',
    summary: 'Changes the roll-out and lives of a route, in this instance',
    query: {
      route: { description: 'Name of the route', schema: { type: 'string' }, isRequired: true },
    },
    body: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ttl: DURATION,
        staleWhileRevalidate: DURATION,
        staleIfError: DURATION,
        maxBodyBytes: DURATION,
        rollout: { type: 'number', minimum: 0, maximum: 1 },
      },
    },
    answer: OBJECT,
    run: (call) => {
      const route = responsesOf(call).routes.get(required(call, 'route'))
      if (route === undefined) throw new Problem(404, 'no-route', 'There is no such route.')
      route.change(changesIn(call))
      return shown(route)
    },
  },
  {
    id: 'deleteResponses',
    method: 'DELETE',
    path: '/responses',
    needs: 'write',
    summary: 'Drops every stored response, or those of one URL',
    query: { url: { description: 'The whole URL', schema: { type: 'string', format: 'uri' } } },
    answer: RECEIPT,
    run: async (call) => {
      const responses = responsesOf(call)
      const url = first(call, 'url')
      if (url === undefined) return { receipt: await responses.clear() }
      if (!URL.canParse(url)) throw new Problem(422, 'refused', 'The parameter "url" is no URL.')
      return { receipt: await responses.invalidateUrl(url) }
    },
  },
]

function responsesOf({ settings }: Call): ManagedResponses {
  if (settings.responses !== undefined) return settings.responses
  throw new Problem(404, 'no-responses', 'No response cache is managed here.')
}

function changesIn({ body }: Call): RouteChange {
  const names: readonly string[] = CHANGEABLE
  const isKnown = Object.keys(body).every((name) => names.includes(name))
  if (!isKnown || Object.values(body).includes(null)) {
    throw new Problem(
      422,
      'refused',
      `What can be changed is ${names.join(', ')}; null is nothing.`,
    )
  }
  const { rollout, maxBodyBytes, ...life } = body
  return {
    ...life,
    ...(rollout !== undefined && { when: { rollout: rollout as number } }),
    ...(maxBodyBytes !== undefined && { store: { maxBodyBytes: maxBodyBytes as number } }),
  }
}

function shown({ name, settings }: ManagedRoute): object {
  const { ttl, whileRevalidate, ifError, maxBodyBytes, rollout } = settings
  return {
    name,
    ttl,
    staleWhileRevalidate: whileRevalidate,
    staleIfError: ifError,
    maxBodyBytes,
    rollout: typeof rollout === 'function' ? 'function' : rollout,
  }
}
