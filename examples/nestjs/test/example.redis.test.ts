import { RunningExample } from '@tiercel/example-runner/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

let example: RunningExample
beforeAll(async () => {
  example = await RunningExample.start(new URL('../src/main.ts', import.meta.url))
}, 90_000)
afterAll(() => example.stop())

async function ask(name: 'A' | 'B', path: string, init: RequestInit = {}) {
  const response = await fetch(new URL(path, example.url(name)), init)
  const cache = response.headers.get('cache-status')
  return { status: response.status, cache, text: await response.text() }
}

function setState(name: 'A' | 'B', id: string, state: string) {
  const headers = { 'content-type': 'application/json' }
  return ask(name, `/orders/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ state }) })
}

test('the tour has shown that a change is read on the other instance', () => {
  expect(example.output).toMatch(/B reads "paid": after \d+ ms/)
  expect(example.output).toMatch(/B {2}GET \/customers\/bob\/orders +200 {2}hit/)
})

test('a change drops the responses of its customer alone, on both instances', async () => {
  await ask('A', '/customers/ada/orders')
  await ask('A', '/customers/bob/orders')
  await vi.waitFor(async () => {
    expect((await ask('A', '/customers/bob/orders')).cache).toContain('hit')
  }, 20_000)
  expect((await setState('B', '3', 'lost')).status).toBe(204)
  await vi.waitFor(async () => {
    expect((await ask('A', '/customers/ada/orders')).text).toContain('"lost"')
  }, 20_000)
  expect((await ask('A', '/customers/bob/orders')).cache).toContain('hit')
})

test('what is no order is refused', async () => {
  expect((await setState('A', '99', 'sent')).status).toBe(404)
  expect((await setState('A', 'first', 'sent')).status).toBe(400)
})

test('a handler that is not to be cached has nothing of the cache', async () => {
  expect((await ask('A', '/health')).cache).toBeNull()
})

test('SIGTERM ends it well, and no process is left', async () => {
  expect(await example.stop()).toEqual({ code: 0, left: [] })
})
