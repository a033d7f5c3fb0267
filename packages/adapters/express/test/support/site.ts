import { createServer } from 'node:http'
import { type Cache, type CacheOptions, createCache } from '@tiercel/core'
import { type Got, type Served, ask, listening } from '@tiercel/http-contract'
import express, { type Express } from 'express'
import { type CacheResponse, expressCache } from '../../src/index.ts'

export interface SiteOptions {
  /** Another version of Express. */
  readonly express?: typeof express
}

/** One instance: an Express application on a socket of its own, with a cache. */
export class Site implements AsyncDisposable {
  readonly app: Express
  readonly cache: Cache
  readonly cacheResponse: CacheResponse
  #served: Served | undefined

  constructor(cache: CacheOptions, options: SiteOptions = {}) {
    this.app = (options.express ?? express)()
    this.cache = createCache(cache)
    this.cacheResponse = expressCache(this.cache)
  }

  async start(): Promise<this> {
    this.#served = await listening(createServer(this.app))
    return this
  }

  ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Got> {
    return ask((this.#served as Served).port, { path, headers, method })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served?.close()
    await this.cache.close()
  }
}

/** Two instances that share what `cache` names, ready. */
export async function pair(
  cache: CacheOptions,
  options: SiteOptions = {},
): Promise<[Site, Site] & AsyncDisposable> {
  const sites: [Site, Site] = [new Site(cache, options), new Site(cache, options)]
  await Promise.all(sites.map((site) => site.cache.ready()))
  await Promise.all(sites.map((site) => site.start()))
  return Object.assign(sites, {
    async [Symbol.asyncDispose](): Promise<void> {
      for (const site of sites) await site[Symbol.asyncDispose]()
    },
  })
}
