import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, createServer as createServer2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createCache } from '@tiercel/core'
import { responseCache } from '@tiercel/http'
import { describe, expect, test } from 'vitest'
import { nodeRequest } from '../src/node/index.ts'
import { targetOf } from '../src/target.ts'
import { send as sendRaw } from './support/raw.ts'
import { Origin, type OriginOptions } from './support/origin.ts'

const FRESH = { 'cache-control': 'max-age=3600' }

/** A handler that shows all that an attacker could want it to. */
function reflecting(options: OriginOptions = {}): Promise<Origin> {
  return new Origin((request, response) => {
    response.writeHead(200, FRESH)
    response.end(JSON.stringify({ url: request.url, headers: request.headers }))
  }, options).start()
}

describe('what an attacker sends does not come back to another', () => {
  const evil = 'evil.example'
  const tricks: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-scheme',
    'x-forwarded-prefix',
    'x-forwarded-server',
    'x-forwarded-for',
    'x-host',
    'x-host-override',
    'x-http-host-override',
    'x-original-host',
    'x-real-ip',
    'forwarded',
    'x-original-url',
    'x-rewrite-url',
    'x-original-uri',
    'x-http-method-override',
    'x-http-method',
    'x-method-override',
    'true-client-ip',
    'x-client-ip',
    'front-end-https',
  ].map((name) => [name, { [name]: evil }])

  test.each(tricks)('%s', async (_name, headers) => {
    await using origin = await reflecting()
    await origin.ask({ path: '/page', headers })
    const victim = await origin.ask({ path: '/page' })
    expect(victim.body).not.toContain(evil)
    // And the other way round: the page is in the cache now, and the attacker does not get at what is there.
    await origin.ask({ path: '/page', headers })
    expect((await origin.ask({ path: '/page' })).body).not.toContain(evil)
  })

  test.each([
    ['another host', '/page', { host: evil }],
    ['a host with a port', '/page', { host: 'shop.example:8080' }],
    ['a target with a host', 'http://evil.example/page', {}],
    ['a parameter after a semicolon', '/page?a=1;b=evil.example', {}],
    ['a parameter twice', '/page?a=1&a=evil.example', {}],
    ['an encoded path', '/%70age?evil.example', {}],
    ['two slashes', '//page/evil.example', {}],
    ['dot segments', '/evil.example/../page', {}],
    ['encoded dot segments', '/evil.example/%2e%2e/page', {}],
    ['an encoded slash', '/evil.example%2f..%2fpage', {}],
    ['a backslash', '/evil.example\\..\\page', {}],
    ['a null byte', '/page%00evil.example', {}],
    ['a line end', '/page%0d%0aevil:example', {}],
    ['a matrix parameter', '/page;evil.example', {}],
    ['another extension', '/page/evil.example.css', {}],
  ])('%s', async (_name, path, headers) => {
    await using origin = await reflecting()
    await origin.ask({ path, headers })
    const victim = await origin.ask({ path: '/page' })
    expect(victim.body).toContain('"url":"/page"')
    expect(victim.body).not.toContain('evil')
    expect((await origin.ask({ path: '/page?a=1' })).body).not.toContain('evil')
  })

  test('a parameter that is not keyed is not seen by the handler', async () => {
    await using origin = await reflecting({ route: { key: { query: ['page'] } } })
    await origin.ask({ path: '/list?page=1&callback=evil' })
    const victim = await origin.ask({ path: '/list?page=1' })
    expect(origin.asked).toHaveLength(1)
    expect(victim.body).toContain('"url":"/list?page=1"')
    expect((await origin.ask({ path: '/list?page=1&page=2' })).body).toContain('page=1&page=2')
    expect(origin.asked).toHaveLength(2)
  })

  test('a body with GET is not part of the key, so such a request is left alone', async () => {
    await using origin = await reflecting()
    await sendRaw(
      origin.port,
      'GET /page HTTP/1.1\r\nHost: shop.example\r\nX-Evil: evil\r\nContent-Length: 4\r\n\r\nevil',
    )
    expect((await origin.ask({ path: '/page' })).body).not.toContain('evil')
  })

  test('two hosts, or one that is none, are left alone', async () => {
    await using origin = await reflecting()
    for (const hosts of ['Host: shop.example\r\nHost: evil.example', 'Host: shop.example@evil']) {
      await sendRaw(origin.port, `GET /page HTTP/1.1\r\n${hosts}\r\nX-Evil: evil\r\n\r\n`)
    }
    expect((await origin.ask({ path: '/page' })).body).not.toContain('evil')
  })
})

test('errors that a malformed request causes are not stored', async () => {
  await using origin = await new Origin((request, response) => {
    const isLong = (request.headers['x-long'] ?? '').length > 10
    response.writeHead(isLong ? 431 : 200, FRESH)
    response.end()
  }).start()
  expect((await origin.ask({ headers: { 'x-long': 'x'.repeat(100) } })).status).toBe(431)
  expect((await origin.ask()).status).toBe(200)
})

test.each([
  ['origin', 'https://evil.example', 'access-control-allow-origin'],
  ['accept-encoding', 'evil', 'content-encoding'],
])(
  'a response that shows that it depends on %s does, also if its Vary does not say so',
  async (name, value, by) => {
    await using origin = await new Origin((request, response) => {
      const asked = request.headers[name]
      response.writeHead(200, { ...FRESH, ...(asked !== undefined && { [by]: asked }) })
      response.end()
    }).start()
    for (let i = 0; i < 2; i++) {
      expect((await origin.ask({ headers: { [name]: value } })).headers[by]).toBe(value)
      expect((await origin.ask()).headers[by]).toBeUndefined()
    }
    const evil = await origin.ask({ headers: { [name]: value } })
    expect(evil.headers['cache-status']).toContain('hit')
  },
)

test('a request that is refused keeps nobody else’s response from being stored', async () => {
  await using origin = await new Origin((request, response) => {
    response.writeHead(request.headers['x-bad'] === undefined ? 200 : 400, FRESH)
    response.end()
  }).start()
  expect((await origin.ask({ headers: { 'x-bad': '1' } })).status).toBe(400)
  const got = await origin.ask()
  expect(got.headers['cache-status']).toBe('Tiercel; fwd=miss; stored')
  const refused = await origin.ask({ headers: { 'x-bad': '1' } })
  expect(refused.headers['cache-status']).toContain('hit')
})

test('names of parameters are sorted, values of one name are not', async () => {
  await using origin = await reflecting()
  // Parsers make other things of "a[x]=1&a=1" and "a=1&a[x]=1": the handler is shown the order of the key.
  const first = await origin.ask({ path: '/list?b=1&a[x]=1&a=1' })
  expect(first.body).toContain('"url":"/list?a=1&a[x]=1&b=1"')
  expect((await origin.ask({ path: '/list?a=1&a[x]=1&b=1' })).body).toBe(first.body)
  expect(origin.asked).toHaveLength(1)
  await origin.ask({ path: '/list?a=1&a=2' })
  await origin.ask({ path: '/list?a=2&a=1' })
  expect(origin.asked).toHaveLength(3)
})

test('a user has responses of their own', async () => {
  await using origin = await reflecting({
    route: { key: { user: (request) => request.headers['x-user'] as string | undefined } },
  })
  await origin.ask({ headers: { 'x-user': 'ada' } })
  expect((await origin.ask({ headers: { 'x-user': 'bob' } })).body).not.toContain('ada')
  expect((await origin.ask()).body).not.toContain('ada')
  expect((await origin.ask({ headers: { 'x-user': 'ada' } })).body).toContain('ada')
  expect(origin.asked).toHaveLength(3)
})

test('only hosts that are named are cached', async () => {
  await using origin = await reflecting({ route: { key: { hosts: ['Shop.example'] } } })
  for (let i = 0; i < 2; i++) {
    await origin.ask()
    await origin.ask({ headers: { host: 'other.example' } })
  }
  expect(origin.asked.map(({ headers }) => headers.host)).toEqual([
    'shop.example',
    'other.example',
    'other.example',
  ])
})

test('a Vary that grows with each response keeps to its bound', async () => {
  let count = 0
  await using origin = await new Origin((_request, response) => {
    response.writeHead(200, { ...FRESH, vary: `x-${++count}` })
    response.end()
  }).start()
  for (let i = 0; i < 30; i++) await origin.ask()
  expect((await origin.ask()).status).toBe(200)
  expect(origin.cache.stats().l1.entries).toBeLessThan(10)
})

test('what a handler must not see is not in the raw fields either', async () => {
  await using origin = await new Origin((request, response) => {
    const { rawHeaders, headersDistinct } = request
    response.writeHead(200, FRESH)
    response.end(JSON.stringify([rawHeaders, headersDistinct]))
  }).start()
  const hidden = { 'x-forwarded-for': '10.1.1.1', 'if-none-match': '"mine"' }
  const { status, body } = await origin.ask({ headers: { ...hidden, 'x-kept': 'kept' } })
  expect(status).toBe(200)
  expect(body).toContain('kept')
  expect(body).not.toMatch(/10\.1\.1\.1|mine/)
})

test('a GET of HTTP/2 with a body, whose fields need not say so, is left alone', async () => {
  const cache = createCache({ namespace: 'h2' })
  const route = responseCache(cache).route({ ttl: '1h' })
  const server = createServer2((request, response) => {
    const asked = nodeRequest(request as unknown as IncomingMessage, request)
    void route.handle(asked).then((decision) => {
      const told = decision.kind === 'answer' ? {} : decision.recorder.head(200, {}).headers
      response.writeHead(200, told)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  for (const [body, status] of [
    ['evil', 'Tiercel; fwd=bypass'],
    [undefined, 'Tiercel; fwd=miss; stored'],
  ] as const) {
    const asked = session.request({ ':path': '/' }, { endStream: body === undefined })
    if (body !== undefined) asked.end(body)
    const [headers] = (await once(asked, 'response')) as [Record<string, unknown>]
    expect(headers['cache-status']).toBe(status)
    asked.destroy()
  }
  session.destroy()
  server.close()
  await cache.close()
})

test('an HTTP/2 request with a Host that is not its authority is passed on', () => {
  const request = (headers: Record<string, string>) =>
    nodeRequest({ method: 'GET', url: '/', headers, rawHeaders: [], socket: null } as never, 0)
  const plain = request({ ':authority': 'shop.example' })
  expect(targetOf(plain)?.host).toBe('shop.example')
  const same = request({ ':authority': 'shop.example', host: 'shop.example' })
  expect(targetOf(same)?.host).toBe('shop.example')
  expect(targetOf(request({ ':authority': 'shop.example', host: 'evil.example' }))).toBeUndefined()
})
