import { json } from 'node:stream/consumers'
import { Router } from '@koa/router'
import type { CacheResponse } from '@tiercel/koa'
import type { Context } from 'koa'
import { LANGUAGES, type Language, type Pages } from './pages.ts'

/** Every response that shows a page carries it. */
const PAGES = 'pages'

/** The routes, and how each is cached. */
export function routes(cacheResponse: CacheResponse, pages: Pages): Router {
  const router = new Router()

  // Named, so that it can be changed on all instances. The cache learns from Vary that each language is another response.
  router.get('/', cacheResponse({ name: 'welcome', ttl: '5m', tags: [PAGES] }), (ctx) => {
    ctx.vary('accept-language')
    ctx.body = pages.text((ctx.acceptsLanguages(...LANGUAGES) || 'en') as Language)
  })

  // Responses of their own for each user: who it is belongs to the key, and so does that somebody is.
  router.get('/me', signedIn, cacheResponse({ ttl: '1m', key: { user: userOf } }), (ctx) => {
    const user = userOf(ctx)
    ctx.body = { user, asked: pages.asked(user) }
  })

  router.put('/pages/:language', cacheResponse({ tags: [PAGES] }), async (ctx) => {
    const { text } = (await json(ctx.req)) as { text?: unknown }
    const language = LANGUAGES.find((one) => one === ctx.params['language'])
    if (language === undefined || typeof text !== 'string') return ctx.throw(400)
    pages.write(language, text)
    ctx.status = 204 // then what carries the tag is gone, on every instance
  })
  return router
}

/** Set by the gateway before this service, which has asked who it is. */
function userOf(ctx: Context): string {
  return ctx.get('x-user')
}

/** Before the cache: it is asked for hits as well. */
async function signedIn(ctx: Context, next: () => Promise<unknown>): Promise<void> {
  if (userOf(ctx) === '') ctx.throw(401)
  await next()
}
