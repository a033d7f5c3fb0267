import { expect, test } from 'vitest'
import { Origin } from './support/origin.ts'

const KEY = 'http:GET http://shop.example/'

test('a handler is asked whether what is stale has changed; its 304 makes that fresh', async () => {
  const seen: (string | undefined)[] = []
  await using origin = await new Origin(
    (request, response) => {
      seen.push(request.headers['if-none-match'])
      const isSame = request.headers['if-none-match'] === '"a"'
      response.writeHead(isSame ? 304 : 200, { etag: '"a"', 'x-run': String(seen.length) })
      response.end(isSame ? undefined : 'body')
    },
    { route: { ttl: '40ms', store: { validate: '1h' } } },
  ).start()
  await origin.ask()
  await origin.grownStale(KEY)
  const validated = await origin.ask()
  expect([validated.status, validated.body, validated.headers['x-run']]).toEqual([200, 'body', '2'])
  expect(seen).toEqual([undefined, '"a"'])
  await origin.grownStale(KEY)
  expect((await origin.ask({ headers: { 'if-none-match': '"a"' } })).status).toBe(304)
  expect(seen).toEqual([undefined, '"a"', '"a"'])
})

test.each([
  ['private', { 'cache-control': 'private' }, 'refuse'],
  ['no-store', { 'cache-control': 'no-store' }, 'refuse'],
  ['a cookie', { 'set-cookie': 'id=ada' }, 'refuse'],
  ['a field that is not keyed', { vary: 'x-shape' }, 'refuse'],
  ['a cookie that is not stored', { 'set-cookie': 'id=ada' }, 'remove'],
] as const)('a 304 that says %s is for its own client', async (_name, said, setCookie) => {
  let runs = 0
  await using origin = await new Origin(
    (request, response) => {
      runs++
      const isSame = request.headers['if-none-match'] === '"a"'
      response.writeHead(isSame ? 304 : 200, { etag: '"a"', ...(isSame && said) })
      response.end(isSame ? undefined : 'body')
    },
    { route: { ttl: '40ms', store: { validate: '1h', setCookie } } },
  ).start()
  await origin.ask()
  await origin.grownStale(KEY)
  const own = await origin.ask()
  expect([own.status, own.body]).toEqual([200, 'body'])
  expect(own.headers).toMatchObject(
    'set-cookie' in said ? { 'set-cookie': [said['set-cookie']] } : said,
  )
  const other = await origin.ask()
  expect([other.status, other.body]).toEqual([200, 'body'])
  expect(other.headers['set-cookie']).toBeUndefined()
  expect(runs).toBe(setCookie === 'refuse' ? 3 : 2)
})

test('a client whose own condition is met gets the cookie that the handler has set', async () => {
  await using origin = await new Origin((_request, response) => {
    response.writeHead(200, {
      'cache-control': 'max-age=3600',
      etag: '"a"',
      'set-cookie': 'id=ada',
    })
    response.end('body')
  }).start()
  const got = await origin.ask({ headers: { 'if-none-match': '"a"' } })
  expect([got.status, got.headers['set-cookie']]).toEqual([304, ['id=ada']])
})
