import { type Cache, createCache } from '@tiercel/core'
import type { Catalogue, Offer } from './catalogue.ts'

const OFFER = 'offer:{list:string}:{product:number}'

/** The labels that entries carry, and that changes name. */
export const tags = {
  category: (id: string) => `category:${id}`,
  priceList: (list: string) => `price-list:${list}`,
  /** All that shows a price of any list. */
  prices: 'prices',
  /** The page that shows everything in short. */
  overview: 'overview',
  vat: 'vat',
} as const

const { REDIS_URL, CACHE_ENVIRONMENT = 'local' } = process.env

/** A cache that knows what hangs on what: who changes something names that alone. */
export function catalogueCache(): Cache {
  return createCache({
    namespace: 'catalogue',
    environment: CACHE_ENVIRONMENT,
    redis: REDIS_URL,
    defaults: { ttl: '10m', grace: '1h' },
    tagDependencies: {
      'category:{id}': [tags.overview],
      // Another rate changes every offer, however many are stored, and every page with a price on it.
      vat: [{ family: OFFER }, tags.prices],
    },
  })
}

/** Offers, as a family of keys: many at once are one round trip, and one load of those that are missing. */
export function offersOf(cache: Cache, catalogue: Catalogue) {
  return cache.keyspace(OFFER, {
    ttl: '1h',
    tags: ({ list }) => [tags.priceList(list)],
    loadMany: (params): (Offer | undefined)[] => {
      const found = new Map<string, Offer | undefined>()
      for (const list of new Set(params.map((each) => each.list))) {
        const products = params.filter((each) => each.list === list).map(({ product }) => product)
        const offers = catalogue.offers(list, products)
        products.forEach((product, i) => found.set(`${list}:${product}`, offers[i]))
      }
      return params.map(({ list, product }) => found.get(`${list}:${product}`))
    },
  })
}

export type Offers = ReturnType<typeof offersOf>
