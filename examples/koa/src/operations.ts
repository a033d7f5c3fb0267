import { createHash, timingSafeEqual } from 'node:crypto'
import type { Cache } from '@tiercel/core'
import { management } from '@tiercel/http/management'
import type { CacheResponse } from '@tiercel/koa'
import type { Middleware } from 'koa'

/** For those who run the service: what the cache holds and does, and changes of it, at /cache, for who has the token. */
export function operations(cache: Cache, { responses }: CacheResponse, token: string): Middleware {
  const { node } = management(cache, {
    basePath: '/cache',
    responses,
    authorize: ({ headers }) => isEqual(headers.get('authorization') ?? '', `Bearer ${token}`),
  })
  return (ctx, next) => {
    if (ctx.path !== '/cache' && !ctx.path.startsWith('/cache/')) return next()
    ctx.respond = false // it answers by itself
    node(ctx.req, ctx.res)
    return undefined
  }
}

/** Digests are of equal length, and compared in the same time however much is right. */
function isEqual(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a as Buffer, b as Buffer)
}
