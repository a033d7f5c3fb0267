import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Server, createServer } from 'node:http'
import { type Cache, type CacheOptions, createCache } from '@tiercel/core'
import { type Got, ask } from '@tiercel/http-contract'
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
  readonly #server: Server

  constructor(cache: CacheOptions, options: SiteOptions = {}) {
    this.app = (options.express ?? express)()
    this.#server = createServer(this.app)
    this.cache = createCache(cache)
    this.cacheResponse = expressCache(this.cache)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Got> {
    return ask(this.port, { path, headers, method })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
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
