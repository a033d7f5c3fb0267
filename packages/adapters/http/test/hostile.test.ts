import { expect, test } from 'vitest'
import { Origin } from './support/origin.ts'
import { send } from './support/raw.ts'

const REQUESTS = 10_000
const AT_ONCE = 40

/** Numbers from a seed, so that what broke can be done again (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const HEAD = 'HTTP/1.1\r\nHost: shop.example\r\n'

/** Each makes one request that no honest client sends. */
const ATTACKS: readonly ((random: (below: number) => number) => Buffer)[] = [
  (random) =>
    Buffer.from(
      `GET /page ${HEAD}${Array.from({ length: 1 + random(600) }, (_, i) => `X-${i}: ${i}\r\n`).join('')}\r\n`,
    ),
  (random) => Buffer.from(`GET /page ${HEAD}X-Long: ${'a'.repeat(random(20_000))}\r\n\r\n`),
  (random) => Buffer.from(`GET /page?${'a=1&'.repeat(random(5_000))} ${HEAD}\r\n`),
  (random) => Buffer.from(`GET /${'a/'.repeat(random(5_000))} ${HEAD}\r\n`),
  () => Buffer.from(`GET /page%00 ${HEAD}\r\n`),
  () => Buffer.from(`GET /pa\0ge ${HEAD}\r\n`),
  () => Buffer.from(`GET /page ${HEAD}X-Null: a\0b\r\n\r\n`),
  () => Buffer.from(`GET /page%c3%28%ff%fe ${HEAD}\r\n`),
  () =>
    Buffer.concat([
      Buffer.from('GET /page'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from(` ${HEAD}\r\n`),
    ]),
  () =>
    Buffer.concat([
      Buffer.from(`GET /page ${HEAD}Accept: `),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\r\n\r\n'),
    ]),
  () => Buffer.from(`GET /page ${HEAD}Content-Length: 1000\r\n\r\nshort`),
  () => Buffer.from(`GET /page ${HEAD}Content-Length: 2\r\n\r\nmuch longer`),
  () => Buffer.from(`POST /page ${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456`),
  () =>
    Buffer.from(
      `POST /page ${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ),
  () => Buffer.from(`POST /page ${HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`),
  () => Buffer.from(`GET http://evil.example/page ${HEAD}\r\n`),
  () => Buffer.from('GET /page HTTP/1.1\r\n\r\n'),
  () => Buffer.from('GET /page HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
  () => Buffer.from('GET /page HTTP/1.1\r\nHost: \r\n\r\n'),
  () => Buffer.from(`OPTIONS * ${HEAD}\r\n`),
  () => Buffer.from(`FOO /page ${HEAD}\r\n`),
  () => Buffer.from(`GET /page ${HEAD}Range: bytes=${'0-1,'.repeat(1_000)}\r\n\r\n`),
  () => Buffer.from(`GET /page ${HEAD}If-None-Match: ${'"a",'.repeat(2_000)}\r\n\r\n`),
  () => Buffer.from(`GET /page ${HEAD}If-None-Match: ${'W/"'.repeat(2_000)}\r\n\r\n`),
  () => Buffer.from(`GET /page ${HEAD}Cache-Control: ${'max-age="'.repeat(1_000)}\r\n\r\n`),
  () => Buffer.from(`GET /page ${HEAD}Cache-Control: ${' ,'.repeat(4_000)}\r\n\r\n`),
  () =>
    Buffer.from(`GET /page ${HEAD}Cache-Control: max-age=99999999999999999999, no-cache\r\n\r\n`),
  () => Buffer.from(`GET /page ${HEAD}__proto__: x\r\nconstructor: y\r\n\r\n`),
  (random) => Buffer.from(`GET /page?__proto__[x]=${random(10)}&constructor=1 ${HEAD}\r\n`),
  (random) => Buffer.from(Array.from({ length: 1 + random(500) }, () => random(256))),
]

test(`${REQUESTS} hostile requests are answered or refused, and harm nobody`, async () => {
  await using origin = await new Origin(
    (_request, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=3600', etag: '"a"', vary: 'accept' })
      response.end('page')
    },
    { route: { when: { bypass: true } } },
  ).start()
  const failures: unknown[] = []
  const statuses = new Set<string>()
  const heard = (error: unknown): void => void failures.push(error)
  process.on('uncaughtException', heard)
  process.on('unhandledRejection', heard)
  try {
    const random = randomFrom(7)
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => {
          const attack = ATTACKS[(sent + i) % ATTACKS.length] as (typeof ATTACKS)[number]
          return send(origin.port, attack(random))
        }),
      )
      for (const answer of answers) statuses.add(answer.slice(9, 12))
      const odd = answers.filter((answer) => answer !== '' && !answer.startsWith('HTTP/1.1 '))
      expect(odd).toEqual([])
    }
  } finally {
    process.off('uncaughtException', heard)
    process.off('unhandledRejection', heard)
  }
  expect(failures).toEqual([])
  expect([...statuses]).toEqual(expect.arrayContaining(['200', '400', '431']))
  await origin.ask({ path: '/page' })
  const got = await origin.ask({ path: '/page' })
  expect([got.status, got.body]).toEqual([200, 'page'])
  expect(got.headers['cache-status']).toMatch(/; hit;/)
}, 120_000)
