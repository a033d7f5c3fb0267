import { RunningExample } from '@tiercel/example-runner/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

let example: RunningExample
beforeAll(async () => {
  example = await RunningExample.start(new URL('../src/main.ts', import.meta.url))
}, 90_000)
afterAll(() => example?.stop())

async function ask(name: 'A' | 'B', path: string, init: RequestInit = {}) {
  const response = await fetch(new URL(path, example.url(name)), init)
  const { status, headers } = response
  const isHit = headers.get('x-cache') ?? headers.get('cache-status') ?? ''
  return { status, isHit: isHit.includes('hit'), text: await response.text() }
}

function setPrice(name: 'A' | 'B', id: number, cents: unknown) {
  const headers = { 'content-type': 'application/json' }
  return ask(name, `/products/${id}`, { method: 'PUT', headers, body: JSON.stringify({ cents }) })
}

test('the tour has shown one load for all, and what the database said itself', () => {
  const asked = example.output.match(/^ {2}[AB] {2}GET \/products\/3 .*$/gm) ?? []
  expect(asked.length).toBe(10)
  expect(asked.filter((line) => line.includes(' miss ')).length).toBe(1)
  expect(example.output).toMatch(/A reads 77: after \d+ ms/)
  expect(example.output).toMatch(/B reads 77: after \d+ ms/)
})

test('a value is loaded once for both instances, and is the new one everywhere after a write', async () => {
  await setPrice('B', 2, 150)
  const first = await ask('A', '/products/2')
  expect(first).toEqual({ status: 200, isHit: false, text: '{"id":2,"name":"Pear","cents":150}' })
  await vi.waitFor(async () => {
    expect(await ask('B', '/products/2')).toEqual({ ...first, isHit: true })
  })
  expect((await setPrice('A', 2, 140)).status).toBe(204)
  expect((await ask('A', '/products/2')).text).toContain('"cents":140')
  await vi.waitFor(async () => {
    expect((await ask('B', '/products/2')).text).toContain('"cents":140')
  })
})

test('a response is served from the cache until a product changes', async () => {
  await vi.waitFor(async () => {
    expect((await ask('A', '/products')).isHit).toBe(true)
  })
  await setPrice('B', 3, 300)
  await vi.waitFor(async () => {
    expect((await ask('A', '/products')).text).toContain('"cents":300')
  })
})

test('what is not a product, or not a price, is refused', async () => {
  expect((await ask('A', '/products/apple')).status).toBe(400)
  expect((await setPrice('A', 1, 'free')).status).toBe(400)
  expect((await setPrice('A', 99, 10)).status).toBe(404)
})

test('SIGTERM ends it well, and no process is left', async () => {
  expect(await example.stop()).toEqual({ code: 0, left: [] })
})
