import { expect, test } from 'vitest'
import { type FamilyWrite, type FamilyWriterOptions, type Keyspace } from '../src/index.ts'
import { expectNoCrash } from './support/crashes.ts'
import { type Instance, Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

type Write = FamilyWrite<'user:{id:number}', string>

/** A table of users that can be down, and notes each call. */
class Table {
  isDown = false
  readonly rows = new Map<number, string>()
  readonly calls: number[][] = []
  readonly refused = new Set<string>()

  readonly write = async (
    writes: readonly Write[],
  ): Promise<readonly (readonly [string, unknown])[]> => {
    if (this.isDown) throw new Error('the table is down')
    this.calls.push(writes.map(({ params }) => params.id))
    const failed: (readonly [string, unknown])[] = []
    for (const { key, params, value } of writes) {
      if (value === undefined) this.rows.delete(params.id)
      else if (this.refused.has(value)) failed.push([key, new Error(`${value} is refused`)])
      else this.rows.set(params.id, value)
    }
    return failed
  }
}

const QUEUE = { maxDelay: '1ms', lease: '500ms', firstRetry: '5ms', lastRetry: '20ms' } as const

function declared(
  { cache }: Instance,
  table: Table,
  writer: Partial<FamilyWriterOptions<'user:{id:number}', string>>,
  version?: number,
): Keyspace<'user:{id:number}', string> {
  return cache.keyspace<'user:{id:number}', string>('user:{id:number}', {
    ...(version === undefined ? {} : { version }),
    tags: ({ id }) => [`u${id}`],
    loadMany: (params) => params.map(({ id }) => table.rows.get(id)),
    writer: { write: table.write, ...writer },
  })
}

const ids = (...all: readonly number[]): { id: number }[] => all.map((id) => ({ id }))

test('through its writer a family writes the source first, and then all instances see it', async () => {
  const [a, b] = await stage.pair()
  const table = new Table()
  const [users, peers] = [a, b].map((one) => declared(one, table, {}))
  await users!.set({ id: 1 }, 'old')
  expect(await peers!.get({ id: 1 })).toBe('old')
  expect(table.calls).toEqual([[1]])
  await users!.setMany([
    [{ id: 1 }, 'new'],
    [{ id: 2 }, 'two'],
  ])
  expect(users!.peek({ id: 1 })).toBe('new')
  await until('the message', () => peers!.peek({ id: 1 }) !== 'old')
  expect(await peers!.getMany(ids(1, 2))).toEqual(['new', 'two'])
  await users!.delete({ id: 1 })
  expect([...table.rows]).toEqual([[2, 'two']])
  await until('the message', () => peers!.peek({ id: 1 }) === undefined)
  expect(await peers!.get({ id: 1 })).toBeUndefined()
  expect(await users!.writer.stats()).toMatchObject({ written: 4, failedCalls: 0, depth: 0 })
  table.isDown = true
  await expect(users!.set({ id: 2 }, 'lost')).rejects.toThrow('the table is down')
  expect(users!.peek({ id: 2 })).toBeUndefined()
  expect(await peers!.get({ id: 2 })).toBe('two')
})

test('what is written through, and invalidated meanwhile, is dropped instead of kept', async () => {
  const [a, b] = await stage.pair()
  const table = new Table()
  const peers = declared(b, table, {})
  const users = declared(a, table, {
    write: async (writes) => {
      await table.write(writes)
      if (writes.some(({ value }) => value === 'overtaken')) await b.cache.delete('user:1')
    },
  })
  await users.set({ id: 1 }, 'overtaken')
  expect(users.peek({ id: 1 })).toBeUndefined()
  expect(await stage.admin.exists(stage.keys.entry('user:1'))).toBe(0)
  expect(await peers.get({ id: 1 })).toBe('overtaken')
})

test('each entry that is written through has its own tags, and the options of its call', async () => {
  const [a, b] = await stage.pair()
  const table = new Table()
  const users = declared(a, table, {})
  await users.set({ id: 1 }, 'one')
  await users.set({ id: 2 }, 'two', { tags: ['extra'] })
  await users.set({ id: 3 }, 'three', { ttl: 0 })
  expect(ids(1, 2, 3).map((one) => users.peek(one))).toEqual(['one', 'two', undefined])
  await b.cache.invalidateTags(['u1'])
  await until('the invalidation', () => users.peek({ id: 1 }) === undefined)
  expect(users.peek({ id: 2 })).toBe('two')
  await b.cache.invalidateTags(['extra'])
  await until('the invalidation', () => users.peek({ id: 2 }) === undefined)
  expect(table.rows.size).toBe(3)
})

test('behind, all instances have a write at once, and the source later, from any of them', async () => {
  const [a, b] = await stage.pair()
  const table = new Table()
  table.isDown = true
  const [users, peers] = [a, b].map((one) => declared(one, table, { mode: 'behind', queue: QUEUE }))
  expect(
    await users!.setMany([
      [{ id: 1 }, 'one'],
      [{ id: 2 }, 'two'],
    ]),
  ).toBe('everywhere')
  expect(await peers!.getMany(ids(1, 2))).toEqual(['one', 'two'])
  expect(await peers!.writer.stats()).toMatchObject({ depth: 2 })
  table.isDown = false
  expect(await peers!.writer.flush()).toBe(true)
  expect([...table.rows].toSorted(([x], [y]) => x - y)).toEqual([
    [1, 'one'],
    [2, 'two'],
  ])
  await a.cache.invalidateTags(['u1'])
  await until('the invalidation', () => peers!.peek({ id: 1 }) === undefined)
  expect(peers!.peek({ id: 2 })).toBe('two')
  expect(await peers!.get({ id: 1 })).toBe('one')
  await users!.delete({ id: 2 })
  await until('the delete', () => !table.rows.has(2))
})

test('behind, what waits is written when the cache is closed', async () => {
  const a = await stage.instance()
  const table = new Table()
  const users = declared(a, table, { mode: 'behind', queue: { ...QUEUE, maxDelay: '10s' } })
  await users.set({ id: 1 }, 'last')
  await a.cache.close()
  expect([...table.rows]).toEqual([[1, 'last']])
  await expect(users.set({ id: 1 }, 'later')).rejects.toThrow('closed')
})

test('behind, a dead letter is told, and written anew with the tags it had', async () => {
  const a = await stage.instance()
  const table = new Table()
  table.refused.add('bad')
  const users = declared(a, table, { mode: 'behind', queue: { ...QUEUE, maxAttempts: 1 } })
  await users.set({ id: 1 }, 'bad')
  const letter = await until('the dead letter', async () => (await users.writer.deadLetters())[0])
  expect(letter).toMatchObject({ key: 'user:1', value: 'bad', error: 'Error: bad is refused' })
  expect(users.parse(letter.key)).toEqual({ id: 1 })
  table.refused.clear()
  expect(await users.writer.redrive(letter)).toBe(true)
  expect(await users.writer.flush()).toBe(true)
  expect(table.rows.get(1)).toBe('bad')
  expect(users.peek({ id: 1 })).toBe('bad')
  await a.cache.invalidateTags(['u1'])
  expect(users.peek({ id: 1 })).toBeUndefined()
})

test('a release with another version leaves what waits to those that know its shape', async () => {
  const [a, b] = await stage.pair()
  const [old, young] = [new Table(), new Table()]
  old.isDown = true
  const options = { mode: 'behind', queue: QUEUE } as const
  const users = declared(a, old, options, 1)
  const peers = declared(b, young, options, 2)
  await users.set({ id: 1 }, 'old shape')
  await peers.set({ id: 2 }, 'new shape')
  expect(await peers.writer.flush()).toBe(true)
  expect([...young.rows]).toEqual([[2, 'new shape']])
  old.isDown = false
  expect(await users.writer.flush()).toBe(true)
  expect([...old.rows]).toEqual([[1, 'old shape']])
})

test.each(['through', 'behind'] as const)(
  'a family that was told to keep nothing writes %s all the same',
  async (mode) => {
    const a = await stage.instance()
    const table = new Table()
    const users = declared(a, table, { mode, queue: QUEUE })
    await users.set({ id: 1 }, 'before')
    await users.configure({ enabled: false })
    await users.set({ id: 1 }, 'after')
    expect(await users.writer.flush()).toBe(true)
    expect(await users.get({ id: 1 })).toBe('after')
    await users.configure({ enabled: true })
    expect(await users.get({ id: 1 })).toBe('after')
  },
)

test.each([
  [{ writer: 5 }, /keyspace "user:\{id\}"\.writer: options must be an object/],
  [{ writer: {} }, /keyspace "user:\{id\}"\.writer\.write must be a function/],
  [{ writer: { write: () => {}, mode: 'aside' } }, /writer\.mode must be one of through, behind/],
  [{ writer: { write: () => {}, name: 'n' } }, /name/],
  [{ ttl: 0, writer: { write: () => {}, mode: 'behind' } }, /needs a ttl above 0/],
])('the options %o are refused', async (options, message) => {
  const { cache } = await stage.instance()
  expect(() => cache.keyspace('user:{id}', options as object)).toThrow(message)
})

test('a family without a writer says so, and one with too long a name for its queue', async () => {
  const { cache } = await stage.instance()
  expect(() => cache.keyspace('user:{id}').writer).toThrow('keyspace "user:{id}" has no writer')
  const long = `${'x'.repeat(300)}:{id}`
  const writer = { mode: 'behind', write: () => {} } as const
  expect(() => cache.keyspace(long, { writer })).toThrow('at most 255 bytes')
})
