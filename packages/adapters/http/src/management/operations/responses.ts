import { type Body, isBody } from '../json.ts'
import { type Call, OBJECT, type Operation, RECEIPT, first, required } from '../operation.ts'
import type { ManagedResponses, ManagedRoute, RouteChange } from '../options.ts'
import { Problem } from '../problem.ts'
import { changesIn, changesSchema } from './changes.ts'

/** Nothing that says who is given whose responses. */
const CHANGEABLE = {
  route: ['ttl', 'staleWhileRevalidate', 'staleIfError'],
  store: ['maxBodyBytes', 'validate'],
  when: ['rollout', 'bypass'],
} as const
const CHANGES = changesSchema(
  'ttl, staleWhileRevalidate, staleIfError, store: { maxBodyBytes, validate }, ' +
    'when: { rollout, bypass }; null goes back to what holds otherwise',
)

/** The response cache, if there is one. */
export const RESPONSES: readonly Operation[] = [
  {
    id: 'responses',
    method: 'GET',
    path: '/responses',
    needs: 'read',
    summary: 'The routes whose responses are cached, with their settings and where those were said',
    answer: { type: 'object', properties: { routes: { type: 'array', items: OBJECT } } },
    run: (call) => ({ routes: Array.from(responsesOf(call).routes.values(), shown) }),
  },
  {
    id: 'changeResponses',
    method: 'PATCH',
    path: '/responses',
    needs: 'write',
    summary: 'Changes roll-out, lives and flags of a route while it is used',
    query: {
      route: { description: 'Name of the route', schema: { type: 'string' }, isRequired: true },
    },
    body: CHANGES,
    answer: RECEIPT,
    run: async (call) => {
      const route = responsesOf(call).routes.get(required(call, 'route'))
      if (route === undefined) throw new Problem(404, 'no-route', 'There is no such route.')
      const { changes, everywhere } = changesIn(call.body)
      refuseOthers(changes)
      const receipt = await route.change(changes as RouteChange, { everywhere })
      return { receipt, ...shown(route) }
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

function refuseOthers(changes: Body): void {
  const { store = {}, when = {}, ...route } = changes
  for (const [group, options] of Object.entries({ route, store, when })) {
    const names: readonly string[] = CHANGEABLE[group as keyof typeof CHANGEABLE]
    if (!isBody(options) || !Object.keys(options).every((name) => names.includes(name))) {
      throw new Problem(422, 'refused', `What can be changed of ${group} is ${names.join(', ')}.`)
    }
  }
}

/** What holds, and what was said on the way to it: for all instances, and here, which goes before. */
function shown({ name, settings, said }: ManagedRoute): object {
  const { ttl, whileRevalidate, ifError, maxBodyBytes, validate, rollout, bypass } = settings
  return {
    name,
    settings: {
      ttl,
      staleWhileRevalidate: whileRevalidate,
      staleIfError: ifError,
      store: { maxBodyBytes, validate },
      when: { rollout: unlessCalled(rollout), bypass: unlessCalled(bypass) },
    },
    said,
  }
}

function unlessCalled(value: unknown): unknown {
  return typeof value === 'function' ? 'function' : value
}
