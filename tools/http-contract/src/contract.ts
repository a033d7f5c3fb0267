import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createCache } from '@tiercel/core'
import { type DevRedis, startProxy, startRedis } from '@tiercel/dev-redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reply, type RouteOfSite, type Serve, Site } from './site.ts'

/** What an adapter can't do, if it is so by its framework. */
export interface Limits {
  /** Whether what is stale is served while it is made anew. @default true */
  readonly refreshes?: boolean
}

type Handler = RouteOfSite['handler']

/** Something to wait for. */
function gated(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** A body that ends before it is whole. */
async function* broken(): AsyncGenerator<string> {
  yield 'half'
  await setImmediate()
  throw new Error('the source is gone')
}

/** Patience of a poll: the machine may be busy with other things. */
const PATIENT = { timeout: 20_000 }

const GET = {
  method: 'GET',
  path: '/products',
  options: { ttl: '5m', tags: ['products'] },
} as const

/**
 * What every adapter does, whatever its framework: asked over sockets, of two instances on one Redis. What is stored
 * and for how long is the business of `@tiercel/http`, which tests it.
 */
export function adapterContract(
  name: string,
  serve: Serve,
  { refreshes = true }: Limits = {},
): void {
  let redis: DevRedis
  let count = 0
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  async function sites(
    routes: readonly RouteOfSite[],
    url = redis.url,
  ): Promise<[Site, Site] & AsyncDisposable> {
    const namespace = `${name}-${++count}`
    const open = async (): Promise<Site> => {
      const cache = createCache({ namespace, redis: url })
      await cache.ready()
      return new Site(cache, await serve(cache, routes))
    }
    const both: [Site, Site] = [await open(), await open()]
    return Object.assign(both, {
      async [Symbol.asyncDispose](): Promise<void> {
        for (const site of both) await site[Symbol.asyncDispose]()
      },
    })
  }

  /** A handler that counts how often it runs. */
  function counted(reply: (run: number) => Reply = (run) => ({ body: { run } })) {
    let runs = 0
    const handler: Handler = () => reply(++runs)
    return Object.assign(handler, { runs: () => runs })
  }

  describe(`an adapter for ${name}`, () => {
    test('a response is made once for all instances, and says where it comes from', async () => {
      const handler = counted()
      await using both = await sites([{ ...GET, handler }])
      const [here, there] = both
      const first = await here.ask('/products')
      expect(first.headers['cache-status']).toBe('Tiercel; fwd=miss; stored')
      for (const site of [here, there]) {
        const got = await site.ask('/products')
        expect(got).toMatchObject({ status: 200, text: first.text })
        expect(got.headers['content-type']).toBe(first.headers['content-type'])
        expect(got.headers['cache-status']).toMatch(/^Tiercel; hit; ttl=\d+$/)
        expect(got.headers.age).toMatch(/^\d+$/)
      }
      expect(first.text).toBe('{"run":1}')
      expect(handler.runs()).toBe(1)
    })

    test('an unsafe method invalidates its own target and the tags of its route, on every instance', async () => {
      const handler = counted()
      const post = { method: 'POST', handler: () => ({ status: 201, body: 'done' }) } as const
      await using both = await sites([
        { ...GET, handler },
        { ...post, path: '/products', options: {} },
        { ...post, path: '/orders', options: { tags: ['products'] } },
      ])
      const [here, there] = both
      for (const [run, path] of ['/products', '/orders', '/products'].entries()) {
        expect((await here.ask('/products')).text).toBe(`{"run":${run + 1}}`)
        expect((await there.ask('/products')).text).toBe(`{"run":${run + 1}}`)
        const got = await there.ask(path, {}, 'POST')
        expect(got).toMatchObject({ status: 201, text: 'done' })
        // Another instance knows a message later.
        await expect
          .poll(async () => (await here.ask('/products')).text, PATIENT)
          .toBe(`{"run":${run + 2}}`)
        expect(handler.runs()).toBe(run + 2)
      }
    })

    test('a client that has the response is told so, also by the handler’s first one', async () => {
      const handler = counted(() => ({ headers: { etag: '"one"' }, body: 'hello' }))
      await using both = await sites([{ ...GET, handler }])
      const [here] = both
      for (const status of ['fwd=miss', 'hit']) {
        const got = await here.ask('/products', { 'if-none-match': '"one"' })
        expect(got).toMatchObject({ status: 304, text: '' })
        expect(got.headers['cache-status']).toContain(status)
        expect(got.headers.etag).toBe('"one"')
      }
      expect((await here.ask('/products')).text).toBe('hello')
      expect(handler.runs()).toBe(1)
    })

    test('HEAD and a range are answered from the stored whole', async () => {
      const handler = counted(() => ({ headers: { etag: '"one"' }, body: 'hello' }))
      await using both = await sites([{ ...GET, handler }])
      const [here] = both
      await here.ask('/products')
      const head = await here.ask('/products', {}, 'HEAD')
      expect(head).toMatchObject({ status: 200, text: '' })
      expect(head.headers['content-length']).toBe('5')
      expect(head.headers['cache-status']).toContain('hit')
      const part = await here.ask('/products', { range: 'bytes=1-3' })
      expect(part).toMatchObject({ status: 206, text: 'ell' })
      expect(part.headers['content-range']).toBe('bytes 1-3/5')
      const beyond = await here.ask('/products', { range: 'bytes=9-' })
      expect(beyond).toMatchObject({ status: 416, text: '' })
      expect(handler.runs()).toBe(1)
    })

    test('HEAD of what is not stored is answered by the handler, and stores nothing', async () => {
      const handler = counted(() => ({ body: 'hello' }))
      await using both = await sites([{ ...GET, handler }])
      const [here] = both
      expect(await here.ask('/products', {}, 'HEAD')).toMatchObject({ status: 200, text: '' })
      expect((await here.ask('/products')).headers['cache-status']).toContain('fwd=miss')
    })

    test('what is one client’s own is not stored', async () => {
      const handler = counted((run) => ({ body: { run }, headers: { 'set-cookie': `id=${run}` } }))
      const open = counted()
      await using both = await sites([
        { ...GET, handler },
        { ...GET, path: '/open', handler: open },
      ])
      const [here] = both
      for (const run of [1, 2]) {
        const got = await here.ask('/products')
        expect(got.headers['set-cookie']).toEqual([`id=${run}`])
        expect(got.text).toBe(`{"run":${run}}`)
      }
      for (const run of [1, 2]) {
        const got = await here.ask('/open', { authorization: 'Bearer me' })
        expect(got.text).toBe(`{"run":${run}}`)
      }
      expect((await here.ask('/open')).text).toBe('{"run":3}')
    })

    test('a handler whose response is stored sees nothing that is not part of the key', async () => {
      const seen: string[] = []
      await using both = await sites([
        {
          ...GET,
          options: { ttl: '5m', key: { query: ['page'] } },
          handler: ({ url, header }) => {
            seen.push(url)
            return {
              body: { range: header('range') ?? null, for: header('x-forwarded-for') ?? null },
            }
          },
        },
      ])
      const [here] = both
      const asked = { 'x-forwarded-for': '10.1.1.1' }
      const first = await here.ask('/products?evil=1&page=2&page%31=3', asked)
      expect(first.text).toBe('{"range":null,"for":null}')
      expect(seen).toEqual(['/products?page=2'])
      expect((await here.ask('/products?page=2')).headers['cache-status']).toContain('hit')
    })

    test('requests that come together wait for one run, on all instances', async () => {
      const gate = gated()
      let runs = 0
      const handler: Handler = async () => {
        runs++
        await gate.opened
        return { body: 'slow' }
      }
      await using both = await sites([{ ...GET, handler }])
      const asked = [0, 1, 0, 1, 0, 1].map((i) => (both[i] as Site).ask('/products'))
      await expect.poll(() => runs, PATIENT).toBe(1)
      gate.open()
      for (const got of await Promise.all(asked)) expect(got.text).toBe('slow')
      expect(runs).toBe(1)
    })

    test('a stream reaches the client while it is made, and is stored when it is whole', async () => {
      const gate = gated()
      async function* parts(): AsyncGenerator<Buffer> {
        yield Buffer.from('first,')
        await gate.opened
        yield Buffer.from('second')
      }
      const handler = counted(() => ({
        headers: { 'content-type': 'text/plain' },
        body: Readable.from(parts(), { objectMode: false }),
      }))
      await using both = await sites([{ ...GET, handler }])
      const [here, there] = both
      const answer = (await here.open('/products')).setEncoding('utf8')
      let text = ''
      for await (const part of answer) {
        text += String(part)
        gate.open() // never, had the first part not come alone
      }
      expect(text).toBe('first,second')
      expect((await there.ask('/products')).text).toBe('first,second')
      expect(handler.runs()).toBe(1)
    })

    test('a client that leaves in the middle spoils nothing for those who come after', async () => {
      const gate = gated()
      async function* parts(): AsyncGenerator<Buffer> {
        yield Buffer.from('first,')
        await gate.opened
        yield Buffer.from('second')
      }
      await using both = await sites([
        {
          ...GET,
          handler: () => ({
            headers: { 'content-type': 'text/plain' },
            body: Readable.from(parts(), { objectMode: false }),
          }),
        },
      ])
      const [here, there] = both
      const answer = await here.open('/products')
      await once(answer, 'readable')
      answer.destroy()
      gate.open()
      expect((await here.ask('/products')).text).toBe('first,second')
      expect((await there.ask('/products')).text).toBe('first,second')
    })

    test('a body that is cut off by its handler is not stored', async () => {
      const handler = counted((run) => ({
        headers: { 'content-type': 'text/plain' },
        body: Readable.from(run === 1 ? broken() : ['whole'], { objectMode: false }),
      }))
      await using both = await sites([{ ...GET, handler }])
      const [here] = both
      await expect(here.ask('/products')).rejects.toThrow()
      await expect.poll(async () => (await here.ask('/products')).text, PATIENT).toBe('whole')
    })

    test('a handler that fails is answered as the framework does, and not stored', async () => {
      let runs = 0
      const handler: Handler = () => {
        if (++runs === 1) throw new Error('the handler is broken')
        return { body: 'mended' }
      }
      await using both = await sites([{ ...GET, handler }])
      const [here] = both
      expect((await here.ask('/products')).status).toBe(500)
      expect((await here.ask('/products')).text).toBe('mended')
    })

    test.runIf(refreshes)(
      'what is stale is served while it is made anew behind the reader',
      async () => {
        const handler = counted((run) => ({
          body: { run },
          headers: { 'cache-control': 'max-age=1, stale-while-revalidate=60' },
        }))
        await using both = await sites([{ ...GET, options: {}, handler }])
        const [here] = both
        expect((await here.ask('/products')).text).toBe('{"run":1}')
        const answers: string[] = []
        await expect
          .poll(
            async () => {
              const { headers, text } = await here.ask('/products')
              expect(headers['cache-status']).toContain('hit')
              answers.push(text)
              return text
            },
            { ...PATIENT, interval: 200 },
          )
          .toBe('{"run":2}')
        expect(new Set(answers)).toEqual(new Set(['{"run":1}', '{"run":2}']))
      },
    )

    test('without Redis responses keep coming', async () => {
      await using proxy = await startProxy({ target: redis })
      const handler = counted()
      await using both = await sites([{ ...GET, handler }], proxy.url)
      const [here] = both
      await here.ask('/products')
      proxy.partition()
      for (const path of ['/products?1', '/products?2']) {
        const got = await here.ask(path)
        expect(got).toMatchObject({ status: 200, text: `{"run":${handler.runs()}}` })
      }
      await proxy.heal()
    })
  })
}
