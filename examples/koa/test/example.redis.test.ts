import { RunningExample } from '@tiercel/example-runner/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

let example: RunningExample
beforeAll(async () => {
  example = await RunningExample.start(new URL('../src/main.ts', import.meta.url))
}, 90_000)
afterAll(() => example.stop())

async function ask(
  name: 'A' | 'B',
  path: string,
  headers: Readonly<Record<string, string>> = {},
  init: RequestInit = {},
) {
  const response = await fetch(new URL(path, example.url(name)), { ...init, headers })
  const cache = response.headers.get('cache-status') ?? ''
  return { status: response.status, cache, text: await response.text() }
}

function send(
  name: 'A' | 'B',
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const all = { 'content-type': 'application/json', ...headers }
  return ask(name, path, all, { method, body: JSON.stringify(body) })
}

/** The token of this run, as it is printed for the reader. */
function authorization(): Readonly<Record<string, string>> {
  return { authorization: /Authorization: (Bearer [\w-]+)/.exec(example.output)?.[1] ?? '' }
}

test('the tour has turned a route off and on, on both instances and one that began later', () => {
  for (const what of ['B has it turned off', 'the new B has it turned off', 'B has it turned on']) {
    expect(example.output).toMatch(new RegExp(`^ {2}${what}: after \\d+ ms`, 'm'))
  }
})

test('each language is a response of its own, until its page is written', async () => {
  const french = { 'accept-language': 'fr' }
  expect((await ask('A', '/', french)).text).toBe('Bienvenue')
  await vi.waitFor(async () => expect((await ask('B', '/', french)).cache).toContain('hit'), 20_000)
  expect((await ask('B', '/', { 'accept-language': 'en' })).text).toBe('Welcome')
  expect((await send('B', 'PUT', '/pages/fr', { text: 'Bonjour' })).status).toBe(204)
  expect((await ask('B', '/', french)).text).toBe('Bonjour')
  await vi.waitFor(async () => expect((await ask('A', '/', french)).text).toBe('Bonjour'), 20_000)
})

test('a user is given nobody else’s response, and a stranger none', async () => {
  const [eve, mallory] = ['eve', 'mallory'].map((user) => ({ 'x-user': user }))
  expect((await ask('A', '/me', eve)).text).toBe('{"user":"eve","asked":1}')
  expect((await ask('A', '/me', eve)).text).toBe('{"user":"eve","asked":1}')
  expect((await ask('A', '/me', mallory)).text).toBe('{"user":"mallory","asked":1}')
  expect((await ask('A', '/me')).status).toBe(401)
})

test('routes are changed on all instances by who has the token', async () => {
  const path = '/cache/responses?route=welcome'
  const off = { changes: { when: { rollout: 0 } } }
  expect((await send('A', 'PATCH', path, off)).status).toBe(403)
  const changed = await send('A', 'PATCH', path, off, authorization())
  expect(JSON.parse(changed.text)).toMatchObject({
    receipt: 'everywhere',
    settings: { when: { rollout: 0 } },
  })
  for (const name of ['A', 'B'] as const) {
    await vi.waitFor(async () => expect((await ask(name, '/')).cache).toContain('bypass'), 20_000)
  }
})

test('SIGTERM ends it well, and no process is left', async () => {
  expect(await example.stop()).toEqual({ code: 0, left: [] })
})
