import { RunningExample } from '@tiercel/example-runner/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

let example: RunningExample
beforeAll(async () => {
  example = await RunningExample.start(new URL('../src/main.ts', import.meta.url))
}, 90_000)
afterAll(() => example?.stop())

async function ask(name: 'A' | 'B', path: string, init: RequestInit = {}) {
  const response = await fetch(new URL(path, example.url(name)), init)
  const isHit = response.headers.get('cache-status')?.includes('; hit') ?? false
  return { status: response.status, isHit, text: await response.text() }
}

function put(name: 'A' | 'B', path: string, body: object) {
  const headers = { 'content-type': 'application/json' }
  return ask(name, path, { method: 'PUT', headers, body: JSON.stringify(body) })
}

/** Waits until both instances have `paths` stored. */
async function bothHave(...paths: string[]) {
  for (const path of paths) {
    for (const name of ['A', 'B'] as const) {
      await vi.waitFor(async () => expect((await ask(name, path)).isHit).toBe(true))
    }
  }
}

test('a price that changes is the new one on every page that shows it, and no other page is made anew', async () => {
  await bothHave('/offers/2?list=retail', '/categories/fruit?list=retail', '/offers/2?list=trade')
  expect((await put('A', '/prices/retail/2', { net: 300 })).status).toBe(204)
  for (const path of ['/offers/2?list=retail', '/categories/fruit?list=retail']) {
    expect((await ask('A', path)).text).toContain('"cents":330')
    await vi.waitFor(async () => expect((await ask('B', path)).text).toContain('"cents":330'))
  }
  expect((await ask('A', '/offers/2?list=trade')).isHit).toBe(true)
})

test('what hangs on a tag goes with it', async () => {
  await bothHave('/categories/tea?list=trade', '/overview')
  expect((await put('B', '/vat', { percent: 0 })).status).toBe(204)
  await vi.waitFor(async () => {
    expect((await ask('A', '/categories/tea?list=trade')).text).toContain('"cents":500')
  })
  expect((await ask('A', '/overview')).isHit).toBe(true)
  expect((await put('B', '/categories/tea', { name: 'Teas' })).status).toBe(204)
  await vi.waitFor(async () => expect((await ask('A', '/overview')).text).toContain('"Teas"'))
})

test('what is refused invalidates nothing', async () => {
  await bothHave('/offers/1?list=trade')
  expect((await put('A', '/prices/trade/99', { net: 1 })).status).toBe(404)
  expect((await put('A', '/prices/trade/1', { net: 'free' })).status).toBe(400)
  expect((await ask('A', '/offers/1?list=private')).status).toBe(400)
  expect((await ask('B', '/offers/1?list=trade')).isHit).toBe(true)
})

test('management is for who has the token, and changes what both instances do', async () => {
  const [token] = /Bearer [\w-]+/.exec(example.output) ?? ['']
  const headers = { authorization: token, 'content-type': 'application/json' }
  expect((await ask('A', '/cache/stats')).status).toBe(403)
  expect((await ask('A', '/cache/health/ready')).status).toBe(200)
  const family = '/cache/family?family=offer:%7Blist:string%7D:%7Bproduct:number%7D'
  const body = JSON.stringify({ changes: { ttl: '5m' } })
  expect((await ask('A', family, { method: 'PATCH', headers, body })).status).toBe(200)
  await vi.waitFor(async () => {
    expect((await ask('B', family, { headers })).text).toContain('"ttl":300000')
  })
})

test('metrics count the reads of the family', async () => {
  const { text } = await ask('B', '/metrics')
  expect(text).toMatch(/^tiercel_reads_total\{.*family="offer:.*outcome="loaded"\} [1-9]/m)
})

test('SIGTERM ends it well, and no process is left', async () => {
  expect(await example.stop()).toEqual({ code: 0, left: [] })
})
