import { RunningExample } from '@tiercel/example-runner/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

let example: RunningExample
beforeAll(async () => {
  example = await RunningExample.start(new URL('../src/main.ts', import.meta.url))
}, 90_000)
afterAll(() => example.stop())

async function ask(name: 'A' | 'B', path: string, init: RequestInit = {}) {
  const response = await fetch(new URL(path, example.url(name)), init)
  const { status, headers } = response
  return { status, cache: headers.get('cache-status') ?? '', text: await response.text(), headers }
}

function setRate(name: 'A' | 'B', currency: string, rate: unknown) {
  const headers = { 'content-type': 'application/json' }
  return ask(name, `/rates/${currency}`, { method: 'PUT', headers, body: JSON.stringify({ rate }) })
}

test('the tour has shown what is stale, and a client that has it already', () => {
  expect(example.output).toMatch(/B {2}GET \/rates +304 {2}hit/)
  expect(example.output).toMatch(/A has a new one: after \d+ ms/)
  expect(example.output).toMatch(/A reads 1\.25: after \d+ ms/)
  expect(example.output).toMatch(/B {2}GET \/report +200 {2}hit/)
})

test('what is stale is served while it is made anew, and never waited for', async () => {
  await ask('A', '/rates')
  await vi.waitFor(
    async () => expect((await ask('A', '/rates')).cache).toMatch(/hit; ttl=-/),
    20_000,
  )
  await vi.waitFor(
    async () => expect((await ask('A', '/rates')).cache).toMatch(/hit; ttl=0/),
    20_000,
  )
})

test('a write is seen on both instances, in all responses with the tag', async () => {
  const before = await ask('B', '/report')
  expect((await ask('B', '/report')).text).toBe(before.text)
  expect((await setRate('A', 'GBP', 0.5)).status).toBe(204)
  expect(JSON.parse((await ask('A', '/rates')).text)).toMatchObject({ GBP: 0.5 })
  await vi.waitFor(async () => {
    expect(JSON.parse((await ask('B', '/rates')).text)).toMatchObject({ GBP: 0.5 })
    expect((await ask('B', '/report')).text).not.toBe(before.text)
  }, 20_000)
})

test('what is no currency, or no rate, is refused, and invalidates nothing', async () => {
  const { text } = await ask('B', '/report')
  expect((await setRate('B', 'XXX', 1)).status).toBe(404)
  expect((await setRate('B', 'USD', 'much')).status).toBe(400)
  expect((await ask('B', '/report')).text).toBe(text)
})

test('SIGTERM ends it well, and no process is left', async () => {
  expect(await example.stop()).toEqual({ code: 0, left: [] })
})
