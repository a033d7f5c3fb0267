import { EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { afterEach, expect, test, vi } from 'vitest'
import { SaidSentinel } from '../../test/support/said-sentinel.ts'
import { eventually } from '../../test/support/until.ts'
import type { RedisClient } from './client.ts'
import { MasterGuide } from './master-guide.ts'
import { MasterWatch } from './master-watch.ts'
import { OURS } from './open-client.ts'
import type { Word } from './sentinel.ts'

const A: Word = { address: '127.0.0.1:1', epoch: 1 }
const B: Word = { address: '127.0.0.1:2', epoch: 2 }
const AGAIN_A: Word = { address: A.address, epoch: 3 }

/** What a watch of some sentinels has found. */
interface Watched {
  readonly guide: MasterGuide
  readonly refusals: string[]
}

let sentinels: SaidSentinel[] = []
let watching: MasterWatch | undefined

afterEach(async () => {
  vi.useRealTimers()
  watching?.close()
  for (const sentinel of sentinels.splice(0)) await sentinel[Symbol.asyncDispose]()
})

/** Watches sentinels that say `words`, each of which was asked since. */
async function watch(...words: (Word | undefined)[]): Promise<Watched> {
  sentinels = await Promise.all(words.map((word) => SaidSentinel.start(word)))
  const watched: Watched = { guide: new MasterGuide(undefined), refusals: [] }
  watching = new MasterWatch(
    { sentinels: sentinels.map(({ host, port }) => ({ host, port })), name: 'main' },
    watched.guide,
    (options) => new Redis({ ...(options as object), retryStrategy: () => 20 }),
    ({ message }) => watched.refusals.push(message),
  )
  await eventually('all to be heard', () => sentinels.every(({ listeners }) => listeners === 1))
  await allAsked()
  return watched
}

/** Each sentinel was asked twice more, so that the first answer has been heard. */
async function allAsked(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const before = sentinels.map(({ asked }) => asked)
    for (const sentinel of sentinels) sentinel.publish('+switch-master', 'main')
    await eventually('all to be asked', () =>
      sentinels.every(({ asked }, at) => asked > (before[at] ?? 0)),
    )
  }
}

test('the new master is known from its promotion on, before the fail-over is over', async () => {
  const watched = await watch(A)
  const [sentinel] = sentinels as [SaidSentinel]
  const { asked } = sentinel
  sentinel.say(B)
  const news = 100 // more than there are questions that no news leads to
  for (let n = 0; n < news; n++) {
    sentinel.publish('+promoted-slave', 'slave 127.0.0.1:2 127.0.0.1 2 @ main 127.0.0.1 1')
  }
  await eventually('an answer to each', () => sentinel.asked >= asked + news)
  await eventually('the switch', () => watched.guide.isShunned(A.address))
  expect(watched.guide.isShunned(B.address)).toBe(false)
})

test('a new master is noticed without news of it', async () => {
  const watched = await watch(A, A)
  sentinels[1]?.say(B)
  await eventually('the switch', () => watched.guide.isShunned(A.address))
  sentinels[0]?.say(B)
  await allAsked()
  expect(watched.guide.isShunned(A.address)).toBe(true)
  expect(watched.guide.isShunned(B.address)).toBe(false)
})

test('news of other masters lead to no question', async () => {
  await watch(A)
  const [sentinel] = sentinels as [SaidSentinel]
  const { asked } = sentinel
  for (let n = 0; n < 100; n++) {
    sentinel.publish('+switch-master', 'other 127.0.0.1 1 127.0.0.1 2')
  }
  await allAsked()
  expect(sentinel.asked - asked).toBeLessThan(50)
})

test.each([
  { words: [A, B], speaks: 'before the others' },
  { words: [B, A], speaks: 'after the others' },
])('a sentinel that is behind when it is first heard, $speaks, is shunned', async ({ words }) => {
  const { guide } = await watch(...words)
  expect(guide.isShunned(A.address)).toBe(true)
  expect(guide.isShunned(B.address)).toBe(false)
})

test('a sentinel that hears late of a fail-over which is past leads nobody away', async () => {
  const watched = await watch(A, A)
  const [first, late] = sentinels as [SaidSentinel, SaidSentinel]
  first.say(AGAIN_A)
  late.say(B)
  late.publish('+switch-master', 'main 127.0.0.1 1 127.0.0.1 2')
  await allAsked()
  expect(watched.guide.isShunned(A.address)).toBe(false)
  expect(watched.guide.isShunned(B.address)).toBe(true)
})

test('a master that sentinels were given anew is followed once all name it, though its epoch is lower', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { guide } = await watch(B, B)
  const given: Word = { address: '127.0.0.1:3', epoch: 0 }
  sentinels[0]?.say(given)
  await allAsked()
  vi.advanceTimersByTime(15_000) // what it had said counts no more
  await allAsked()
  expect(guide.isShunned(B.address)).toBe(false)
  sentinels[1]?.say(given)
  await allAsked()
  vi.advanceTimersByTime(15_000)
  await eventually('the switch', () => guide.isShunned(B.address))
  expect(guide.isShunned(given.address)).toBe(false)
})

test('one name that leads to a sentinel that is behind, after one that is not, changes nothing', async () => {
  const { guide } = await watch(B)
  sentinels[0]?.say(A)
  await allAsked()
  expect(guide.isShunned(B.address)).toBe(false)
})

test('who is where no sentinel says after a silence is led away', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { guide } = await watch(A)
  vi.advanceTimersByTime(60_000) // nothing was heard meanwhile
  const { leaves } = connect(guide, B.address)
  sentinels[0]?.say(AGAIN_A)
  await allAsked()
  expect(leaves).toEqual([B.address])
})

test('clients of ioredis 5 whose socket closes at once connect anew', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => {})
    socket.once('data', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  watching = new MasterWatch(
    { sentinels: [{ host: '127.0.0.1', port }], name: 'main' },
    new MasterGuide(undefined),
    (options) => new Redis5({ ...OURS, ...(options as object) }) as unknown as Redis,
    () => {},
  )
  await eventually('more connections', () => connections > 6)
  watching.close()
  server.close()
})

test('two names of one master, by sentinels of one epoch, are both right', async () => {
  const watched = await watch(B, { ...B, address: 'redis.example:2' })
  expect(watched.guide.isShunned(B.address)).toBe(false)
  expect(watched.guide.isShunned('redis.example:2')).toBe(false)
})

/** A client that was led to `address`, and is connected there. */
function connect(guide: MasterGuide, address: string): { readonly leaves: unknown[] } {
  const leaves: unknown[] = []
  const disconnect = (): void => void leaves.push(address)
  const client = Object.assign(new EventEmitter(), { status: 'ready', disconnect })
  guide.lead((natMap) => {
    Reflect.get(natMap, address)
    return client as unknown as RedisClient
  })
  client.emit('connect')
  return { leaves }
}

test('who is where no sentinel says is led away, but not once the sentinels are known for a while', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { guide } = await watch(A)
  const early = connect(guide, '127.0.0.1:8')
  await allAsked()
  expect(early.leaves).toContain('127.0.0.1:8')
  vi.advanceTimersByTime(10_000)
  await allAsked()
  vi.advanceTimersByTime(10_000)
  await allAsked()
  const late = connect(guide, '127.0.0.1:9')
  await allAsked()
  expect(late.leaves).toEqual([])
  expect(guide.isShunned('127.0.0.1:9')).toBe(false)
})

test('a sentinel that refuses says so once, and the others are believed', async () => {
  const watched = await watch(undefined, A)
  expect(watched.refusals).toEqual(['ERR No such master with that name'])
  sentinels[1]?.say(B)
  await eventually('the switch', () => watched.guide.isShunned(A.address))
  expect(watched.refusals).toHaveLength(1)
})

test('after close nobody asks, and nobody listens', async () => {
  await watch(A)
  watching?.close()
  await eventually('the end of all connections', () => sentinels[0]?.connections === 0)
})
