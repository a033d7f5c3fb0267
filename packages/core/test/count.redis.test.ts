import { describe, expect, test } from 'vitest'
import { ConfigError, type CountOptions, CounterError } from '../src/index.ts'
import { runs } from './support/commands.ts'
import { expectNoCrash } from './support/crashes.ts'
import { Deferred } from './support/deferred.ts'
import { heardBy } from './support/messages.ts'
import { type Instance, Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

const KEY = 'hits'
const COALESCED = { reads: 'coalesced', window: '1h' } as const

/** The first increment of the key, whose answer is held back, and whose own message was heard. */
async function unanswered(
  instance: Instance,
  options: CountOptions,
): Promise<{ answer: { release: () => void }; counting: Promise<number> }> {
  const answer = instance.proxy.holdReply(runs('count'))
  const calls: Promise<number>[] = []
  await heardBy([instance], async () => {
    calls.push(instance.cache.increment(KEY, 1, options))
    await answer.arrived
  })
  return { answer, counting: calls[0] as Promise<number> }
}

test('a counter begins at its initial value, and its sum is the answer and the value', async () => {
  const [a, b] = await stage.pair()
  expect(await a.cache.increment(KEY)).toBe(1)
  expect(await b.cache.increment(KEY, 41)).toBe(42)
  expect(await b.cache.decrement(KEY, 2)).toBe(40)
  expect(b.cache.peek(KEY)).toBe(40)
  await until('the other to hear of it', async () => (await a.cache.get(KEY)) === 40)
  expect(await a.cache.increment('stock', -1, { initial: 100 })).toBe(99)
  expect(await a.cache.increment('stock', -1, { initial: 100 })).toBe(98)
})

test('an increment is one round trip', async () => {
  const { cache, proxy } = await stage.instance()
  const commands: string[] = []
  // The watch asks on its own when a message is late.
  const isOfWatch = [runs('hello'), runs('replay')]
  proxy.holdCommand((command) => {
    if (!isOfWatch.some((is) => is(command))) commands.push(command.name)
    return false
  })
  await cache.increment(KEY)
  await cache.increment(KEY, 1, COALESCED)
  expect(commands).toEqual(['EVALSHA', 'EVALSHA'])
})

test('increments of two instances at once are all counted', async () => {
  const [a, b] = await stage.pair()
  const each = 200
  await Promise.all(
    [a, b].flatMap(({ cache }, i) =>
      Array.from({ length: each }, () => cache.increment(KEY, 1, i === 0 ? {} : COALESCED)),
    ),
  )
  const newcomer = await stage.instance()
  expect(await newcomer.cache.get(KEY)).toBe(2 * each)
  expect(await a.cache.increment(KEY)).toBe(2 * each + 1)
})

test('fractions are added as JavaScript adds them', async () => {
  const { cache } = await stage.instance()
  expect(await cache.increment(KEY, 0.1)).toBe(0.1)
  expect(await cache.increment(KEY, 0.2)).toBe(0.1 + 0.2)
  expect(await cache.increment(KEY, -(0.1 + 0.2))).toBe(0)
  expect(await cache.increment(KEY, 1e-7)).toBe(1e-7)
  const newcomer = await stage.instance()
  expect(await newcomer.cache.get(KEY)).toBe(1e-7)
})

test('a sum that is no safe number is refused, and the counter stays', async () => {
  const { cache } = await stage.instance()
  const most = Number.MAX_SAFE_INTEGER
  expect(await cache.increment(KEY, most - 1)).toBe(most - 1)
  expect(await cache.increment(KEY)).toBe(most)
  await expect(cache.increment(KEY)).rejects.toThrow(CounterError)
  expect(await cache.decrement(KEY)).toBe(most - 1)
  await expect(cache.increment(KEY, Number.NaN)).rejects.toThrow(ConfigError)
  await expect(cache.increment(KEY, 1, { reads: 'sometimes' as 'exact' })).rejects.toThrow(
    /exact, coalesced/,
  )
})

test('a number that was set can be counted on, and nothing else can', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set(KEY, 5)
  expect(await b.cache.increment(KEY, 2)).toBe(7)
  expect(await a.cache.increment(KEY, 2)).toBe(9)
  for (const value of ['5', null, [1], { n: 1 }, true]) {
    await a.cache.set(KEY, value)
    await expect(b.cache.increment(KEY)).rejects.toThrow(CounterError)
    expect(await b.cache.get(KEY)).toEqual(value)
  }
})

test('of a number that was set no increment is lost, though both instances turn it into a counter', async () => {
  const [a, b] = await stage.pair()
  await a.cache.set(KEY, 100)
  await Promise.all(
    [a, b].flatMap(({ cache }) => Array.from({ length: 10 }, () => cache.increment(KEY))),
  )
  expect(await a.cache.increment(KEY, 0)).toBe(120)
})

test('the ttl counts from the first increment', async () => {
  const { cache } = await stage.instance()
  await cache.increment(KEY, 1, { ttl: '1m' })
  const { admin, keys } = stage
  const before = await admin.pexpiretime(keys.entry(KEY))
  await cache.increment(KEY, 1, { ttl: '1h' })
  expect(await admin.pexpiretime(keys.entry(KEY))).toBe(before)
})

test('a tag, a clear, a delete ends a counter: the next increment begins anew', async () => {
  const [a, b] = await stage.pair()
  const options = { tags: ['t'] }
  for (const end of [
    () => b.cache.invalidateTags(['t']),
    () => b.cache.delete(KEY),
    () => b.cache.clear(),
    () => b.cache.expire(KEY),
  ]) {
    expect(await a.cache.increment(KEY, 3, options)).toBe(3)
    expect(await a.cache.increment(KEY, 3, options)).toBe(6)
    await end()
  }
  expect(await b.cache.increment(KEY, 3, options)).toBe(3)
  expect(await a.cache.increment(KEY, 1)).toBe(4) // without the tag: read, and stored anew
  await until('the other to hear of it', async () => (await b.cache.get(KEY)) === 4)
})

describe('coalesced reads', () => {
  test('the others are told of the first increment only, and read again after the window', async () => {
    const [a, b] = await stage.pair()
    await heardBy([b], () => a.cache.increment(KEY, 1, COALESCED))
    expect(await b.cache.get(KEY)).toBe(1)
    const { messages } = b.cache.stats().coherence
    expect(await a.cache.increment(KEY, 1, COALESCED)).toBe(2)
    expect(await a.cache.get(KEY)).toBe(2)
    await heardBy([b], () => a.cache.delete('to see the messages through'))
    expect(b.cache.stats().coherence.messages).toBe(messages + 1)
    expect(b.cache.peek(KEY)).toBe(1) // within its window
    await b.cache.increment('short', 1, { reads: 'coalesced', window: '30ms' })
    await a.cache.get('short')
    await b.cache.increment('short', 1, { reads: 'coalesced', window: '30ms' })
    await until('the window to be over', async () => (await a.cache.get('short')) === 2)
  })

  test('who held an exact counter is told when it becomes a coalesced one, and back', async () => {
    const [a, b] = await stage.pair()
    await a.cache.increment(KEY)
    await b.cache.get(KEY)
    await heardBy([b], () => a.cache.increment(KEY, 1, COALESCED))
    expect(b.cache.peek(KEY)).toBeUndefined() // dropped, not only past its window
    expect(await b.cache.get(KEY)).toBe(2)
    await heardBy([b], () => a.cache.increment(KEY))
    expect(b.cache.peek(KEY)).toBeUndefined() // dropped, not only past its window
    expect(await b.cache.get(KEY)).toBe(3)
  })
})

describe.each([
  ['an exact', {}],
  ['a coalesced', COALESCED],
])('%s increment', (_, options) => {
  test('that meets a load under way is not overwritten by what was loaded', async () => {
    const [a, b] = await stage.pair()
    const begun = new Deferred<void>()
    const loaded = new Deferred<number>()
    const reading = b.cache.getOrSet(KEY, () => {
      begun.resolve()
      return loaded.promise
    })
    await begun.promise
    await a.cache.increment(KEY, 7, options)
    loaded.resolve(1)
    await reading
    await until('the fill to be refused', () => b.cache.stats().loads.fillsRefused === 1)
    expect(await a.cache.increment(KEY, 0, options)).toBe(7)
    await until('the other to see it', async () => (await b.cache.get(KEY)) === 7)
  })

  test('whose answer comes after the message of a later set does not bring its sum back', async () => {
    const [a, b] = await stage.pair()
    const { answer, counting } = await unanswered(a, options)
    await heardBy([a], () => b.cache.set(KEY, 50))
    answer.release()
    expect(await counting).toBe(1)
    expect(a.cache.peek(KEY)).toBeUndefined()
    expect(await a.cache.get(KEY)).toBe(50)
  })

  test('whose answer comes after the message of a later delete or clear brings nothing back', async () => {
    const [a, b] = await stage.pair()
    for (const end of [() => b.cache.delete(KEY), () => b.cache.clear()]) {
      const { answer, counting } = await unanswered(a, options)
      await heardBy([a], end)
      answer.release()
      await counting
      expect(a.cache.peek(KEY)).toBeUndefined()
      expect(await a.cache.get(KEY)).toBeUndefined()
    }
  })

  test('is not hidden here by a read that was under way', async () => {
    const [a, b] = await stage.pair()
    await b.cache.increment(KEY, 1, options)
    const answer = a.proxy.holdReply({ command: 'MGET', includes: `e:${KEY}` })
    const reading = a.cache.get(KEY)
    await answer.arrived
    const counting = a.cache.increment(KEY, 1, options)
    answer.release()
    await Promise.all([reading, counting])
    expect(await a.cache.get(KEY)).toBe(2)
  })
})
