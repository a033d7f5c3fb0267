import type { Cache } from '@tiercel/core'
import type { Product, Products } from './products.ts'

/** Every value and response that has to do with products carries it. */
const PRODUCTS = 'products'
/** Responses that list them: any change of one may change them. */
export const LISTS = 'product-lists'

/** Products by way of the cache, and what is to be invalidated when they change: the one place that knows. */
export class ProductCache {
  readonly #cache: Cache
  readonly #products: Products

  constructor(cache: Cache, products: Products) {
    this.#cache = cache
    this.#products = products
  }

  /** Loaded once for all who ask meanwhile, on all instances; that there is none is remembered for a while too. */
  async find(id: number, onLoad: () => void): Promise<Product | undefined> {
    const load = () => {
      onLoad()
      return this.#products.find(id)
    }
    return this.#cache.getOrSet(`product:${id}`, load, {
      ttl: '10m',
      negativeTtl: '10s',
      tags: [PRODUCTS],
    })
  }

  /** To be called after the source has changed. No load that began before brings the old value back. */
  async changed(id: number): Promise<void> {
    await Promise.all([this.#cache.delete(`product:${id}`), this.#cache.invalidateTags([LISTS])])
  }

  /** For when it is not known what has changed. */
  async allMayHaveChanged(): Promise<void> {
    await this.#cache.invalidateTags([PRODUCTS, LISTS])
  }
}
