import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DevPostgres, startPostgres } from '../src/index.ts'

let postgres: DevPostgres
beforeAll(async () => {
  vi.stubEnv('DATABASE_URL', '')
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

async function client() {
  const made = new pg.Client({ connectionString: postgres.url })
  await made.connect()
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.end() })
}

test('answers clients at once, each what it asked', async () => {
  await using here = await client()
  await using there = await client()
  const ask = (by: pg.Client, of: number) => by.query('select $1::int as n, pg_sleep(0)', [of])
  const answers = await Promise.all([1, 2, 3, 4].map((n) => ask(n % 2 ? here : there, n)))
  expect(answers.map(({ rows }) => rows[0].n)).toEqual([1, 2, 3, 4])
})

test('a large answer is whole', async () => {
  await using here = await client()
  const { rows } = await here.query(`select repeat('x', 3000000) as text`)
  expect(rows[0].text.length).toBe(3_000_000)
})

test('who listens is notified of what others do, and nobody else', async () => {
  await using listens = await client()
  await using other = await client()
  const heard: unknown[] = []
  listens.on('notification', ({ channel, payload }) => heard.push([channel, payload]))
  other.on('notification', () => heard.push('not meant for it'))
  await listens.query('listen Changes')
  await listens.query('LISTEN "More"')
  await other.query(`notify changes, 'one'`)
  await other.query(`select pg_notify('More', 'two')`)
  await vi.waitFor(() =>
    expect(heard).toEqual([
      ['changes', 'one'],
      ['More', 'two'],
    ]),
  )
})
