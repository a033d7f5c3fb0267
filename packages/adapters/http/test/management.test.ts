import { Validator } from '@seriousme/openapi-schema-validator'
import { createCache } from '@tiercel/core'
import { type ManagementOptions, management } from '@tiercel/http/management'
import { afterAll, describe, expect, test } from 'vitest'
import { OPERATIONS } from '../src/management/operations/index.ts'
import { Served } from './support/managed.ts'

const cache = createCache({ namespace: 'managed' })
cache.keyspace('user:{id}', { ttl: '1h' })
afterAll(() => cache.close())

const OPEN: ManagementOptions = { authorize: () => true }
const JSON_TYPE = { 'content-type': 'application/json' }

function serve(options: ManagementOptions): Promise<Served> {
  return new Served(management(cache, options).node).start()
}

/** A request of each operation that would be done if it were let in. */
const REQUESTS = OPERATIONS.map(({ id, method, path, query = {}, body, needs }) => {
  const required = Object.entries(query).filter(([, { isRequired }]) => isRequired === true)
  const search = required.map(([name]) => `${name}=x`).join('&')
  const headers = { 'x-requested-with': 'test', ...(body && JSON_TYPE) }
  return {
    id,
    needs,
    path: `${path}?${search}`,
    ask: { method, headers, ...(body && { body: '{}' }) },
  }
})

describe('authorize', () => {
  test('is required: without it every route answers 403, and the log says why', async () => {
    const told: string[] = []
    const options = { log: (message: string) => told.push(message) } as never
    await using served = await serve(options)
    for (const { path, ask } of [...REQUESTS, { path: '/nowhere', ask: {} }]) {
      const got = await served.ask(path, ask)
      expect(got).toMatchObject({ status: 403, json: { status: 403, code: 'forbidden' } })
    }
    expect(told).toEqual([expect.stringContaining('authorize')])
  })

  test('lets nobody in by anything but true, or a role', async () => {
    const told: string[] = []
    let answer: () => unknown = () => true
    await using served = await serve({
      authorize: () => answer() as never,
      log: (message) => told.push(message),
    })
    const thrown = (): never => {
      throw new Error('secret')
    }
    const refusals = [() => false, () => undefined, () => 'yes', () => 1, () => ({ role: 'admin' })]
    for (const refusal of [...refusals, () => ({}), () => Promise.reject(new Error('x')), thrown]) {
      answer = refusal
      const got = await served.ask('/stats')
      expect(got.status).toBe(403)
      expect(got.body).not.toContain('secret')
    }
    expect(told).toHaveLength(7)
    answer = () => Promise.resolve({ role: 'read' })
    expect((await served.ask('/stats')).status).toBe(200)
  })

  test('with the role "read" allows what changes nothing, and is told what is asked', async () => {
    const asked: unknown[] = []
    await using served = await serve({
      authorize: (_, { operation, needs }) => {
        asked.push([operation, needs])
        return { role: 'read' }
      },
    })
    for (const { id, path, ask, needs } of REQUESTS) {
      const { status, json } = await served.ask(path, ask)
      expect([id, json['code'] === 'read-only', status === 403]).toEqual([
        id,
        needs === 'write',
        needs === 'write',
      ])
      expect(asked.at(-1)).toEqual([id, needs])
      expect(needs).toBe(ask.method === 'GET' ? 'read' : 'write')
    }
  })
})

describe('the OpenAPI document', () => {
  test('is valid, and has every route', async () => {
    await using served = await serve(OPEN)
    const { json } = await served.ask('/openapi.json')
    const { valid, errors } = await new Validator().validate(
      structuredClone(json) as Record<string, unknown>,
    )
    expect(errors ?? []).toEqual([])
    expect(valid).toBe(true)
    const paths = json['paths'] as Record<string, Record<string, { operationId: string }>>
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => `${operationId} ${method} ${path}`,
      ),
    )
    const routes = OPERATIONS.map(({ id, method, path }) => `${id} ${method.toLowerCase()} ${path}`)
    expect(described.toSorted()).toEqual(routes.toSorted())
    expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length)
  })

  test('names what every route answers to: no described route is unknown', async () => {
    await using served = await serve(OPEN)
    for (const { path, ask } of REQUESTS) {
      const { json } = await served.ask(path, ask)
      expect(['method']).not.toContain(json['code'])
      expect(json['detail']).not.toBe('There is no such route.')
    }
  })
})

describe('what is refused', () => {
  test('changes that a page of another site could send', async () => {
    await using served = await serve(OPEN)
    const plain = { method: 'DELETE', headers: {} }
    expect((await served.ask('/entries', plain)).json).toMatchObject({
      status: 403,
      code: 'forged',
    })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const form = { method: 'POST', headers: { 'content-type': type }, body: '{"keys":[]}' }
      expect((await served.ask('/warm', form)).json['code']).toBe('forged')
    }
    const foreign = { ...JSON_TYPE, 'sec-fetch-site': 'cross-site' }
    const body = '{"keys":[]}'
    expect((await served.ask('/warm', { method: 'POST', headers: foreign, body })).status).toBe(403)
    const own = { ...JSON_TYPE, 'sec-fetch-site': 'same-origin' }
    expect((await served.ask('/warm', { method: 'POST', headers: own, body })).status).toBe(200)
  })

  test('other origins: nothing allows them, nothing is kept by anybody', async () => {
    await using served = await serve(OPEN)
    for (const path of ['/stats', '/nowhere', '/keys?limit=x']) {
      const { headers } = await served.ask(path, { headers: { origin: 'https://evil.example' } })
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    const preflight = await served.ask('/entries', { method: 'OPTIONS' })
    expect(preflight).toMatchObject({ status: 405, headers: { allow: 'DELETE' } })
  })

  test('methods that a route has not; HEAD is GET without a body', async () => {
    await using served = await serve(OPEN)
    const put = await served.ask('/stats', { method: 'PUT', headers: JSON_TYPE, body: '{}' })
    expect(put).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    expect(await served.ask('/stats', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect((await served.ask('/stats', { method: 'TRACE' })).status).toBe(400)
  })

  test.each([
    ['a query that is no UTF-8', '/entry?key=%FF', 400],
    ['a percent sign alone', '/entry?key=%', 400],
    ['an overlong encoding', '/entry?key=%C0%AF', 400],
    ['a null byte', '/entry?key=a%00b', 422],
    ['a line break', '/entry?key=a%0D%0Ab', 422],
    ['a key of settings', '/entry?key=%03user:%7Bid%7D', 422],
    ['a key that is too long', `/entry?key=${'k'.repeat(2_000)}`, 422],
    ['an empty key', '/entry?key=', 422],
    ['a URL that is too long', `/entry?key=${'k'.repeat(9_000)}`, 414],
    ['two keys', '/entry?key=a&key=b', 400],
    ['a parameter of no route', '/entry?key=a&__proto__=b', 400],
    ['a parameter that is inherited', '/entry?key=a&constructor=b', 400],
    ['a parameter that is missing', '/entry', 400],
    ['a limit that is none', '/keys?limit=1e9', 422],
    ['a limit below one', '/keys?limit=-1', 422],
    ['a cursor that is none', '/keys?cursor=../..', 422],
    ['a family that is none', '/keys?family=__proto__', 422],
    ['pattern and prefix', '/keys?pattern=a&prefix=b', 422],
    ['a prefix with a wildcard', '/keys?prefix=a*', 422],
    ['a path that climbs', '/health/../stats/x', 404],
    ['an encoded path', '/%73tats', 404],
    ['two slashes', '//stats', 404],
    ['a slash more', '/stats/', 404],
    ['a path like a member', '/__proto__', 404],
    ['another host', 'http://evil.example/stats', 400],
  ])('%s', async (_, path, status) => {
    await using served = await serve(OPEN)
    const got = await served.ask(path)
    expect(got.status).toBe(status)
    expect(got.json).toMatchObject({ type: 'about:blank', status })
    expect(got.headers['content-type']).toBe('application/problem+json')
    expect(got.body).not.toMatch(/\.ts|node:|    at /)
  })

  test.each([
    ['no JSON', '{', 400],
    ['an array', '[]', 422],
    ['null', 'null', 422],
    ['a text', '"x"', 422],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a member too much', '{"keys":[],"__proto__":{"a":1}}', 422],
    ['keys that are none', '{"keys":[1]}', 422],
    ['bad keys', '{"keys":["a\\u0000"]}', 422],
    ['too many keys', JSON.stringify({ keys: Array.from({ length: 1_001 }, String) }), 422],
    ['too many bytes', JSON.stringify({ keys: ['x'.repeat(300_000)] }), 413],
    ['deep nesting', `{"keys":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 422],
  ])('a body of %s', async (_, body, status) => {
    await using served = await serve(OPEN)
    const got = await served.ask('/warm', { method: 'POST', headers: JSON_TYPE, body })
    expect(got.status).toBe(status)
    expect(got.json).toMatchObject({ status })
    expect((await served.ask('/health/live')).status).toBe(200)
  })

  test('what was changed by a hostile body is nothing', async () => {
    await using served = await serve(OPEN)
    const path = `/family?family=${encodeURIComponent('user:{id}')}`
    const text = '{"changes":{"__proto__":{"ttl":1}}}'
    const got = await served.ask(path, { method: 'PATCH', headers: JSON_TYPE, body: text })
    expect(got.status).toBe(422)
    expect(({} as { ttl?: number }).ttl).toBeUndefined()
  })
})

test('what fails for no reason that a client may know is in the log alone', async () => {
  const told: unknown[] = []
  await using served = await serve({
    ...OPEN,
    report: () => {
      throw new Error('password of db1')
    },
    log: (message, error) => told.push([message, (error as Error).message]),
  })
  const got = await served.ask('/report')
  expect(got).toMatchObject({ status: 500, json: { code: 'internal' } })
  expect(got.body).not.toContain('password')
  expect(told).toEqual([['management: a request failed', 'password of db1']])
})

test('a report is answered if one is made', async () => {
  await using served = await serve({ ...OPEN, report: () => Promise.resolve({ hits: 10n }) })
  expect((await served.ask('/report')).json).toEqual({ hits: '10' })
  await using none = await serve(OPEN)
  expect((await none.ask('/report')).json).toMatchObject({ status: 404, code: 'no-report' })
})

describe('a base path', () => {
  test('is taken off, by fetch and by node', async () => {
    const { fetch, node } = management(cache, { ...OPEN, basePath: '/ops/cache' })
    await using served = await new Served(node).start()
    for (const [path, status] of [
      ['/ops/cache/stats', 200],
      ['/stats', 404],
      ['/ops/cachestats', 404],
      ['/ops/cache', 404],
    ] as const) {
      expect((await served.ask(path)).status).toBe(status)
      expect((await fetch(new Request(`https://shop.example${path}`))).status).toBe(status)
    }
  })

  test.each(['cache', '/cache/', '//', '/a?b', '/a b'])('%j is refused', (basePath) => {
    expect(() => management(cache, { ...OPEN, basePath })).toThrow(/basePath/)
  })
})

test.each([
  [{ authorize: 'yes' }, /authorize must be a function/],
  [{ showValues: 1 }, /showValues/],
  [{ readyWhen: 'always' }, /readyWhen/],
  [{ auth: () => true }, /unknown option "auth"/],
])('options %j are refused', (options, message) => {
  expect(() => management(cache, options as never)).toThrow(message)
})

test('a body may come as a stream, and one that says nothing is refused', async () => {
  const { fetch } = management(cache, OPEN)
  const asked = new Request('http://localhost/warm', { method: 'POST', headers: JSON_TYPE })
  expect((await fetch(asked)).status).toBe(400)
  const streamed = new Request('http://localhost/warm', {
    method: 'POST',
    headers: JSON_TYPE,
    body: new Blob(['{"keys":', '["none"]}']).stream(),
    duplex: 'half',
  } as RequestInit)
  expect(await (await fetch(streamed)).json()).toEqual({ found: 0, missing: 1 })
})
