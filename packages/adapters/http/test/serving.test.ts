import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { ask } from './support/ask.ts'
import { Origin } from './support/origin.ts'
import { until } from '@tiercel/dev-redis'

const FRESH = { 'cache-control': 'max-age=3600' }
const KEY = 'http:GET http://shop.example/'

/** Responses that a test writes when it wants to. */
class Held {
  readonly responses: ServerResponse[] = []
  readonly requests: IncomingMessage[] = []

  readonly handler = (request: IncomingMessage, response: ServerResponse): void => {
    this.requests.push(request)
    this.responses.push(response)
  }

  /** The response of the `nth` run of the handler, from 0. */
  async response(nth: number): Promise<ServerResponse> {
    return until(`run ${nth + 1} of the handler`, () => this.responses[nth])
  }
}

/** Counts its runs, and answers with the count. */
function counting(headers: Readonly<Record<string, string>> = {}) {
  const seen = { runs: 0 }
  const handler = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, headers)
    response.end(`run ${++seen.runs}`)
  }
  return { seen, handler }
}

test('many who miss at once get what one handler answers', async () => {
  const held = new Held()
  await using origin = await new Origin(held.handler).start()
  const asked = Array.from({ length: 20 }, () => origin.ask())
  const response = await held.response(0)
  response.writeHead(200, FRESH)
  response.end('one')
  const got = await Promise.all(asked)
  expect(new Set(got.map(({ body }) => body))).toEqual(new Set(['one']))
  expect(held.responses).toHaveLength(1)
})

test('the first client gets bytes while they are stored, the next one the whole', async () => {
  const held = new Held()
  await using origin = await new Origin(held.handler).start()
  const first = httpRequest({ port: origin.port, headers: { host: 'shop.example' } }).end()
  const response = await held.response(0)
  response.writeHead(200, FRESH)
  response.write('first, ')
  const [answer] = (await once(first, 'response')) as [IncomingMessage]
  const [chunk] = (await once(answer, 'data')) as [Buffer]
  expect(chunk.toString()).toBe('first, ')
  const second = origin.ask()
  response.end('second')
  expect((await second).body).toBe('first, second')
  expect((await origin.ask()).body).toBe('first, second')
  expect(held.responses).toHaveLength(1)
  answer.destroy()
})

test('a client who leaves before the first byte does not spoil the entry', async () => {
  const held = new Held()
  await using origin = await new Origin(held.handler).start()
  const first = httpRequest({ port: origin.port, headers: { host: 'shop.example' } }).end()
  first.on('error', () => {}) // it is our own leaving
  const response = await held.response(0)
  const second = origin.ask()
  const closed = once(response, 'close')
  first.destroy()
  await closed
  response.writeHead(200, FRESH)
  response.write('whole, ')
  response.end('and stored')
  expect((await second).body).toBe('whole, and stored')
  expect((await origin.ask()).body).toBe('whole, and stored')
  expect(held.responses).toHaveLength(1)
})

test('a pipe that is cut with its client stores nothing, and who waits is served', async () => {
  let runs = 0
  await using origin = await new Origin((_request, response) => {
    response.writeHead(200, FRESH)
    if (++runs > 1) response.end('whole')
    else {
      const source = new Readable({ read() {} })
      source.push('part')
      source.pipe(response) // ends when the client leaves
    }
  }).start()
  const first = httpRequest({ port: origin.port, headers: { host: 'shop.example' } }).end()
  first.on('error', () => {}) // it is our own leaving
  const [answer] = (await once(first, 'response')) as [IncomingMessage]
  answer.on('error', () => {})
  await once(answer, 'data')
  const second = origin.ask()
  answer.destroy()
  expect((await second).body).toBe('whole')
  expect((await origin.ask()).body).toBe('whole')
})

test('a client who does not read holds up nobody who waits for the same', async () => {
  let runs = 0
  const size = 16 * 2 ** 20 // more than sockets take by themselves
  await using origin = await new Origin(
    (_request, response) => {
      runs++
      response.writeHead(200, FRESH)
      let left = size / 65_536
      const source = new Readable({
        read() {
          this.push(left-- > 0 ? Buffer.alloc(65_536, 'x') : null)
        },
      })
      source.pipe(response)
    },
    { route: { store: { maxBodyBytes: '32mb' } } },
  ).start()
  const first = httpRequest({ port: origin.port, headers: { host: 'shop.example' } }).end()
  const [answer] = (await once(first, 'response')) as [IncomingMessage] // and is never read
  expect((await origin.ask()).body).toHaveLength(size)
  expect(runs).toBe(1)
  answer.on('error', () => {}) // it is our own leaving
  answer.destroy()
})

test('memory that a handler uses again is not what is stored', async () => {
  await using origin = await new Origin((_request, response) => {
    response.writeHead(200, FRESH)
    const buffer = Buffer.from('first ')
    response.write(buffer, () => {
      buffer.write('second')
      response.end(buffer)
    })
  }).start()
  await origin.ask()
  expect((await origin.ask()).body).toBe('first second')
})

test('a HEAD that is passed on says nothing of a length that the handler does not know', async () => {
  await using origin = await new Origin((_request, response) => response.end()).start()
  expect((await origin.ask({ method: 'HEAD' })).headers['content-length']).toBeUndefined()
})

test.each([
  ['as it says', { 'content-length': '2000' }],
  ['as it turns out', {}],
])('a body over the limit passes and is not stored, %s', async (_name, headers) => {
  let runs = 0
  await using origin = await new Origin(
    (_request, response) => {
      runs++
      response.writeHead(200, { ...FRESH, ...headers })
      response.write('x'.repeat(1_000))
      response.end('x'.repeat(1_000))
    },
    { route: { store: { maxBodyBytes: '1kb' } } },
  ).start()
  const got = await Promise.all([origin.ask(), origin.ask()])
  expect(got.map(({ body }) => body.length)).toEqual([2_000, 2_000])
  expect((await origin.ask()).body).toHaveLength(2_000)
  expect(runs).toBe(3)
})

test('a body that is not as long as it says is not stored', async () => {
  const held = new Held()
  await using origin = await new Origin(held.handler).start()
  const first = origin.ask().catch(() => undefined) // cut short
  const response = await held.response(0)
  response.writeHead(200, { ...FRESH, 'content-length': '10' })
  response.write('four')
  response.end()
  response.destroy()
  await first
  const second = origin.ask()
  const next = await held.response(1)
  next.end('x')
  expect((await second).body).toBe('x')
})

test('what is not stored is not waited for twice: handlers run side by side', async () => {
  const held = new Held()
  await using origin = await new Origin(held.handler).start()
  const first = origin.ask()
  const response = await held.response(0)
  response.writeHead(200, { 'cache-control': 'no-store' })
  response.end()
  await first
  const both = [origin.ask(), origin.ask()]
  const later = await held.response(2) // both run, though neither has answered
  later.end()
  held.responses[1]?.end()
  await Promise.all(both)
})

test('what is stale is served while it is made anew, for no client', async () => {
  const { seen, handler } = counting()
  await using origin = await new Origin(handler, {
    route: { ttl: '40ms', staleWhileRevalidate: '1h' },
  }).start()
  expect((await origin.ask()).body).toBe('run 1')
  await origin.grownStale(KEY)
  const stale = await origin.ask()
  expect([stale.status, stale.body]).toEqual([200, 'run 1'])
  expect(stale.headers['cache-status']).toMatch(/^Tiercel; hit; ttl=-\d/)
  await until('the refresh', () => seen.runs === 2)
  await until('the new response', async () => (await origin.ask()).body !== 'run 1')
})

test("a response's own window counts, and its must-revalidate", async () => {
  const { seen, handler } = counting({ 'cache-control': 'must-revalidate' })
  await using origin = await new Origin(handler, {
    route: { ttl: '40ms', staleWhileRevalidate: '1h', staleIfError: '1h' },
  }).start()
  await origin.ask()
  await origin.grownStale(KEY)
  expect((await origin.ask()).body).toBe('run 2')
  expect(seen.runs).toBe(2)
})

test('an adapter that can not run a handler again serves nothing stale meanwhile', async () => {
  const { handler } = counting()
  await using origin = await new Origin(handler, {
    route: { ttl: '40ms', staleWhileRevalidate: '1h' },
    isRerun: false,
  }).start()
  await origin.ask()
  await origin.grownStale(KEY)
  expect((await origin.ask()).body).toBe('run 2')
})

test('what is stale is served if the handler fails, to its own client too', async () => {
  let isBroken = false
  await using origin = await new Origin(
    (_request, response) => {
      response.writeHead(isBroken ? 503 : 200)
      response.end(isBroken ? 'sorry' : 'fine')
    },
    { route: { ttl: '40ms', staleIfError: '1h' } },
  ).start()
  await origin.ask()
  await origin.grownStale(KEY)
  isBroken = true
  for (const got of await Promise.all([origin.ask(), origin.ask(), origin.ask()])) {
    expect([got.status, got.body]).toEqual([200, 'fine'])
    expect(got.headers['cache-status']).toContain('detail=stale-if-error')
  }
})

test('a failure without anything stale is the client’s, and is not stored', async () => {
  let runs = 0
  await using origin = await new Origin((_request, response) => {
    response.writeHead(++runs === 1 ? 503 : 200, FRESH)
    response.end()
  }).start()
  expect((await origin.ask()).status).toBe(503)
  expect((await origin.ask()).status).toBe(200)
})

test('fields that Connection names are of one connection, and not stored', async () => {
  await using origin = await new Origin((_request, response) => {
    response.setHeader('connection', 'close, X-Hop')
    response.writeHead(200, { ...FRESH, 'x-hop': 'mine', 'x-kept': 'kept' })
    response.end()
  }).start()
  expect((await origin.ask()).headers['x-hop']).toBe('mine')
  const { headers } = await origin.ask()
  expect([headers['x-hop'], headers['x-kept']]).toEqual([undefined, 'kept'])
})

test('a response that was being made when it was invalidated is not stored', async () => {
  const held = new Held()
  await using origin = await new Origin(held.handler, { route: { tags: ['t'] } }).start()
  for (const [i, invalidate] of [
    () => origin.responses.invalidateTags(['t']),
    () => origin.responses.invalidateUrl('http://shop.example/'),
    () => origin.responses.clear(),
    () => origin.ask({ method: 'POST' }),
  ].entries()) {
    const run = held.responses.length
    const asked = origin.ask()
    const response = await held.response(run)
    const invalidated = invalidate()
    if (i === 3) (await held.response(run + 1)).end()
    await invalidated
    response.writeHead(200, FRESH)
    response.end('old')
    expect((await asked).body).toBe('old')
    expect(origin.cache.peek(KEY)).toBeUndefined()
  }
})

test('who reads after a change was answered reads what was written', async () => {
  let stock = 1
  await using origin = await new Origin((request, response) => {
    if (request.method === 'POST') stock = 0
    response.writeHead(200, FRESH)
    response.end(String(stock))
  }).start()
  for (let i = 0; i < 20; i++) {
    stock = 1
    expect((await origin.ask({ path: `/${i}` })).body).toBe('1')
    await origin.ask({ path: `/${i}`, method: 'POST' })
    expect((await origin.ask({ path: `/${i}` })).body).toBe('0')
  }
})

test('tags may come from the response', async () => {
  const { seen, handler } = counting({ 'x-product': '7' })
  await using origin = await new Origin(handler, {
    route: {
      ttl: '1h',
      tags: (_request, { headers }) => [`product:${String(headers['x-product'])}`],
    },
  }).start()
  await origin.ask()
  await origin.ask()
  expect(seen.runs).toBe(1)
  await origin.responses.invalidateTags(['product:7'])
  await origin.ask()
  expect(seen.runs).toBe(2)
})

test('options are changed while the route is used', async () => {
  const { seen, handler } = counting()
  await using origin = await new Origin(handler, { route: { name: 'page', ttl: '1h' } }).start()
  await origin.ask()
  await origin.ask()
  expect(seen.runs).toBe(1)
  await origin.route.change({ when: { rollout: 0 } })
  await origin.ask()
  expect(seen.runs).toBe(2)
  await expect(origin.route.change({ ttl: 'soon' as never })).rejects.toThrow(/ttl/)
  await origin.route.change({ when: { rollout: 1, skip: (request) => request.url === '/skipped' } })
  expect((await origin.ask()).body).toBe('run 1')
  await origin.ask({ path: '/skipped' })
  await origin.ask({ path: '/skipped' })
  expect(seen.runs).toBe(4)
  expect(origin.responses.routes.get('page')).toBe(origin.route)
})

test('a part of all targets is cached, the same ones each time', async () => {
  const { handler } = counting(FRESH)
  await using origin = await new Origin(handler, { route: { when: { rollout: 0.5 } } }).start()
  const paths = Array.from({ length: 200 }, (_, i) => `/${i}`)
  for (let i = 0; i < 2; i++) for (const path of paths) await origin.ask({ path })
  const cached = origin.asked.length - 200
  expect(cached).toBeGreaterThan(50) // of 200 that were asked for twice, those that are not cached
  expect(cached).toBeLessThan(150)
})

test('fields that were there before the handler are each client’s own', async () => {
  await using origin = await new Origin((_request, response) => {
    response.writeHead(200, FRESH)
    response.end()
  }).start()
  const { headers } = await ask(origin.port)
  expect(headers['cache-status']).toBe('Tiercel; fwd=miss; stored')
})

test.each([
  [{ ttl: 'soon' }, /ttl/],
  [{ colour: 1 }, /unknown option "colour"/],
  [{ key: { query: 'some' } }, /key\.query/],
  [{ key: { user: 'me' } }, /key\.user/],
  [{ store: { maxBodyBytes: 0 } }, /store\.maxBodyBytes/],
  [{ store: { setCookie: 'yes' } }, /store\.setCookie/],
  [{ when: { rollout: 2 } }, /when\.rollout/],
  [{ tags: 'all' }, /tags/],
])('the option in %j is refused by its name', async (route, message) => {
  await using origin = new Origin(() => {})
  expect(() => origin.responses.route(route as never)).toThrow(message)
})
