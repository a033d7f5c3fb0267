import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { RunningExample } from '@tiercel/example-runner/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const PATIENT = { timeout: 30_000, interval: 100 }

let example: RunningExample
let database: DatabaseSync
beforeAll(async () => {
  example = await RunningExample.start(new URL('../src/main.ts', import.meta.url))
  const [, file = ''] = /^SQLite in (.*)$/m.exec(example.output) ?? []
  database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
}, 90_000)
afterAll(async () => {
  database?.close()
  await example?.stop()
})

async function ask(name: 'A' | 'B', path: string, method = 'GET') {
  const response = await fetch(new URL(path, example.url(name)), { method })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** Adds views to a page until `enough`; resolves to the ids that were acknowledged. */
async function addViews(name: 'A' | 'B', page: string, enough: () => boolean): Promise<string[]> {
  const acknowledged: string[] = []
  while (!enough()) {
    // A request that meets the death of its instance is answered by nobody: that view is not promised.
    const answer = await ask(name, `/pages/${page}`, 'POST').catch(() => undefined)
    if (answer?.status === 202) acknowledged.push(answer.body['id'] as string)
    else await delay(20)
  }
  return acknowledged
}

function stored(page: string): string[] {
  const rows = database.prepare('select id from view where page = ?').all(page)
  return rows.map(({ id }) => id as string)
}

/** Waits until the database has all views of a page, each once. */
async function allAreStored(page: string, ids: readonly string[]) {
  await vi.waitFor(() => expect(stored(page)).toEqual(expect.arrayContaining([...ids])), PATIENT)
}

test('the tour has shown that nothing is lost', () => {
  const [, acknowledged] = /(\d+) are acknowledged/.exec(example.output) ?? []
  expect(Number(acknowledged)).toBeGreaterThan(100)
  expect(example.output).toMatch(/the database has them all: after \d+ ms/)
  expect(stored('home').length).toBeGreaterThan(Number(acknowledged))
})

test('a worker that is killed while it writes loses nothing that was acknowledged', async () => {
  let isOver = false
  const adding = (['A', 'A', 'A', 'B', 'B', 'B'] as const).map((name) =>
    addViews(name, 'killed', () => isOver),
  )
  try {
    for (let kill = 0; kill < 2; kill++) {
      const before = stored('killed').length
      await vi.waitFor(() => expect(stored('killed').length).toBeGreaterThan(before + 50), PATIENT)
      const pid = example.pid('A')
      process.kill(pid, 'SIGKILL')
      await vi.waitFor(() => expect(example.pid('A')).not.toBe(pid), PATIENT)
    }
  } finally {
    isOver = true
  }
  const acknowledged = (await Promise.all(adding)).flat()
  expect(acknowledged.length).toBeGreaterThan(100)
  await allAreStored('killed', acknowledged)
})

test('nor do all of them at once: the next ones find the queue', async () => {
  const adding = (['A', 'B'] as const).map((name) => {
    let count = 0
    return addViews(name, 'both', () => ++count > 40)
  })
  const acknowledged = (await Promise.all(adding)).flat()
  const pids = [example.pid('A'), example.pid('B')]
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => {
    expect(pids).not.toContain(example.pid('A'))
    expect(pids).not.toContain(example.pid('B'))
  }, PATIENT)
  await allAreStored('both', acknowledged)
  await vi.waitFor(async () => {
    const views = stored('both').length
    expect((await ask('B', '/pages/both')).body).toEqual({ page: 'both', views })
    expect((await ask('A', '/queue')).body).toMatchObject({ depth: 0, deadLetters: 0 })
  }, PATIENT)
})

test('SIGTERM ends it well, after what waits is written, and no process is left', async () => {
  let count = 0
  const acknowledged = await addViews('A', 'last', () => ++count > 10)
  const rows = database.prepare(`select id from view where page = 'last'`)
  expect(await example.stop()).toEqual({ code: 0, left: [] })
  expect(rows.all().map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged))
})
