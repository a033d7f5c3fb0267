import 'reflect-metadata'
import type { Server } from 'node:http'
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  type INestApplication,
  Injectable,
  Module,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { type Cache, createCache } from '@tiercel/core'
import { Site, listening } from '@tiercel/http-contract'
import { map } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  CacheKey,
  CacheTTL,
  CacheTags,
  Cached,
  RESPONSES,
  type ResponseCache,
  TiercelModule,
} from '../src/index.ts'

@Injectable()
class Products {
  runs = 0

  list(): { run: number } {
    return { run: ++this.runs }
  }
}

@Injectable()
class IsMember {
  canActivate(context: ExecutionContext): boolean {
    return (
      context.switchToHttp().getRequest<{ headers: { cookie?: string } }>().headers.cookie ===
      'mine'
    )
  }
}

/** What a handler may go by of Express' requests, and of Fastify's. */
interface Targeted {
  readonly url: string
  readonly originalUrl: string
  readonly query: unknown
}

@CacheTTL('5m')
@Controller('products')
class ProductsController {
  @Inject(Products) readonly products!: Products
  @Inject(RESPONSES) readonly responses!: ResponseCache

  @CacheTags('products')
  @Get()
  list() {
    return this.products.list()
  }

  @CacheKey({ query: ['page'] })
  @Get('paged')
  paged(@Query('page') page: string, @Req() { url, originalUrl, query }: Targeted) {
    return { page, seen: [url, originalUrl, query], ...this.products.list() }
  }

  @UseGuards(IsMember)
  @Get('guarded')
  guarded() {
    return this.products.list()
  }

  @Cached(false)
  @Get('live')
  live() {
    return this.products.list()
  }

  @Get('elsewhere')
  @Redirect('/products', 301)
  elsewhere() {
    this.products.list()
  }

  @Get('by-hand')
  byHand(@Res() response: { send(body: unknown): void }) {
    response.send(this.products.list())
  }

  @CacheTags('products')
  @Post('orders')
  order() {
    return 'ordered'
  }

  @Post('reload')
  async reload() {
    await this.responses.clear()
    return 'reloaded'
  }
}

@Controller('unmarked')
class UnmarkedController {
  @Inject(Products) readonly products!: Products

  @Get()
  list() {
    return this.products.list()
  }
}

const CACHE = Symbol('cache')

describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const)('on %s', (_name, adapter) => {
  let cache: Cache
  let app: INestApplication
  let site: Site
  let routes: 'all' | 'marked'

  async function open(): Promise<Site> {
    @Module({ providers: [{ provide: CACHE, useValue: cache }], exports: [CACHE] })
    class CacheModule {}
    @Module({
      imports: [
        TiercelModule.forRootAsync({
          imports: [CacheModule],
          inject: [CACHE],
          useFactory: (of: Cache) => ({ cache: of, routes, defaults: { ttl: '5m' } }),
        }),
      ],
      providers: [Products],
      controllers: [ProductsController, UnmarkedController],
    })
    class App {}
    app = await NestFactory.create(App, adapter(), { logger: false })
    app.useGlobalInterceptors({
      intercept: (_context: ExecutionContext, next: CallHandler) =>
        next.handle().pipe(map((data: unknown) => ({ data }))),
    })
    await app.listen(0, '127.0.0.1')
    const server = app.getHttpServer() as Server
    const close = async (): Promise<void> => {
      server.closeAllConnections()
      await app.close()
    }
    site = new Site(cache, { ...(await listening(server)), close })
    return site
  }

  beforeEach(() => {
    cache = createCache({ namespace: 'nestjs' })
    routes = 'marked'
  })
  afterEach(() => site[Symbol.asyncDispose]())

  test('marked handlers are cached, as they went through the interceptors; others are not', async () => {
    const { ask } = bound(await open())
    for (const path of ['/products', '/products', '/products']) {
      expect((await ask(path)).text).toBe('{"data":{"run":1}}')
    }
    for (const run of [2, 3])
      expect((await ask('/products/live')).text).toBe(`{"data":{"run":${run}}}`)
    const unmarked = await ask('/unmarked')
    expect(unmarked.headers['cache-status']).toBeUndefined()
    expect([...app.get<ResponseCache>(RESPONSES).routes.keys()]).toEqual([
      'ProductsController.list',
    ])
  })

  test('an unsafe handler invalidates its tags, and the response cache can be injected', async () => {
    const { ask } = bound(await open())
    for (const [run, path] of ['/products/orders', '/products/reload'].entries()) {
      expect((await ask('/products')).text).toBe(`{"data":{"run":${run + 1}}}`)
      expect((await ask(path, {}, 'POST')).status).toBe(201)
      expect((await ask('/products')).text).toBe(`{"data":{"run":${run + 2}}}`)
    }
  })

  test('the parameters that are not keyed are not there for the handler', async () => {
    const { ask } = bound(await open())
    const first = await ask('/products/paged?page=2?3&evil=1')
    expect(JSON.parse(first.text)).toMatchObject({ data: { page: '2?3', run: 1 } })
    expect(first.text).not.toContain('evil')
    expect((await ask('/products/paged?page=2?3')).text).toBe(first.text)
  })

  test('guards are asked before the cache', async () => {
    const { ask } = bound(await open())
    for (let i = 0; i < 2; i++) {
      expect((await ask('/products/guarded', { cookie: 'mine' })).text).toContain('"run":1')
    }
    expect((await ask('/products/guarded')).status).toBe(403)
  })

  test('redirects, and what a handler sends itself, are cached too', async () => {
    const { ask } = bound(await open())
    for (const path of ['/products/elsewhere', '/products/by-hand']) {
      await ask(path)
      // Express' redirects vary by Accept, which is known after the first.
      const second = await ask(path)
      const third = await ask(path)
      expect(third.headers['cache-status']).toContain('hit')
      const { status, headers, text } = second
      expect(third).toMatchObject({ status, text })
      expect(third.headers.location).toBe(headers.location)
    }
  })

  test('all handlers are cached if it is said so, except those that say no', async () => {
    routes = 'all'
    const { ask } = bound(await open())
    for (let i = 0; i < 2; i++) expect((await ask('/unmarked')).text).toBe('{"data":{"run":1}}')
    for (const run of [2, 3])
      expect((await ask('/products/live')).text).toBe(`{"data":{"run":${run}}}`)
  })
})

function bound(site: Site): { ask: Site['ask'] } {
  return { ask: site.ask.bind(site) }
}
