import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type IncomingMessage, type Server, createServer, request as httpRequest } from 'node:http'
import { type Cache, type CacheOptions, createCache } from '@tiercel/core'
import express, { type Express } from 'express'
import { type CacheResponse, expressCache } from '../../src/index.ts'

/** What a client got. */
export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

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

  /** Asks with the same Host on every instance, so that they share what they store. */
  async ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = 'GET',
  ): Promise<Got> {
    const asked = httpRequest({
      port: this.port,
      host: '127.0.0.1',
      path,
      method,
      headers: { host: 'shop.example', ...headers },
      agent: false,
    })
    asked.end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      text: Buffer.concat(chunks).toString(),
    }
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
