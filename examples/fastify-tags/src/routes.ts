import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Offers, tags } from './cache.ts'
import type { Catalogue } from './catalogue.ts'

const LIST = { type: 'string', enum: ['retail', 'trade'] }
const BY_LIST = { type: 'object', properties: { list: { ...LIST, default: 'retail' } } }
const listOf = (request: FastifyRequest) => (request.query as { list: string }).list
const idOf = (request: FastifyRequest) => (request.params as { id: string }).id

/** Pages: each is made once for all instances, and carries what it shows as tags. */
export function pages(app: FastifyInstance, catalogue: Catalogue, offers: Offers): void {
  app.get<{ Params: { id: number } }>(
    '/offers/:id',
    {
      schema: {
        params: { type: 'object', properties: { id: { type: 'integer' } } },
        querystring: BY_LIST,
      },
      config: {
        cache: {
          ttl: '10m',
          tags: (request) => [tags.priceList(listOf(request)), tags.prices],
          key: { query: ['list'] },
        },
      },
    },
    async (request, reply) => {
      const offer = await offers.get({ list: listOf(request), product: request.params.id })
      return offer ?? reply.code(404).send({ error: 'no such offer' })
    },
  )

  app.get(
    '/categories/:id',
    {
      schema: { querystring: BY_LIST },
      config: {
        cache: {
          ttl: '10m',
          tags: (request) => [
            tags.category(idOf(request)),
            tags.priceList(listOf(request)),
            tags.prices,
          ],
          key: { query: ['list'] },
        },
      },
    },
    async (request, reply) => {
      const category = catalogue.category(idOf(request))
      if (category === undefined) return reply.code(404).send({ error: 'no such category' })
      const list = listOf(request)
      const asked = category.products.map((product) => ({ list, product }))
      return { name: category.name, offers: await offers.getMany(asked) }
    },
  )

  const cache = { ttl: '1h', tags: [tags.overview] } as const
  app.get('/overview', { config: { cache } }, async () => catalogue.overview())
}

/** Changes: when one has answered with success, what it names is gone everywhere, before its client knows. */
export function changes(app: FastifyInstance, catalogue: Catalogue): void {
  app.put<{ Params: { id: string }; Body: { name: string } }>(
    '/categories/:id',
    {
      schema: { body: object({ name: { type: 'string', maxLength: 100 } }) },
      config: { cache: { tags: (request) => [tags.category(idOf(request))] } },
    },
    async ({ params, body }, reply) =>
      reply.code(catalogue.rename(params.id, body.name) ? 204 : 404).send(),
  )

  app.put<{ Params: { id: number; list: string }; Body: { net: number } }>(
    '/prices/:list/:id',
    {
      schema: {
        params: { type: 'object', properties: { id: { type: 'integer' }, list: LIST } },
        body: object({ net: { type: 'integer', minimum: 0 } }),
      },
      config: {
        cache: {
          tags: ({ params }) => [tags.priceList((params as { list: string }).list)],
        },
      },
    },
    async ({ params, body }, reply) =>
      reply.code(catalogue.setPrice(params.list, params.id, body.net) ? 204 : 404).send(),
  )

  app.put<{ Body: { percent: number } }>(
    '/vat',
    {
      schema: { body: object({ percent: { type: 'integer', minimum: 0, maximum: 100 } }) },
      config: { cache: { tags: [tags.vat] } },
    },
    async ({ body }, reply) => reply.code(catalogue.setVat(body.percent) ? 204 : 404).send(),
  )
}

function object(properties: Record<string, object>): object {
  return { type: 'object', properties, required: Object.keys(properties) }
}
