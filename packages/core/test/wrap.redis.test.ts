import { describe, expect, test } from 'vitest'
import { heardBy } from './support/messages.ts'
import { Users } from './support/users.decorated.ts'
import { Stage } from './support/stage.ts'

const stage = new Stage()

describe('a wrapped function', () => {
  test('keeps its arguments, its this and its result', async () => {
    const [a, b] = await stage.pair()
    const calls: unknown[] = []
    class Service {
      readonly factor = 3
      async times(n: number, more: number): Promise<number> {
        calls.push([n, more])
        return n * more * this.factor
      }
    }
    const service = new Service()
    const declare = ({ cache }: typeof a) =>
      // oxlint-disable-next-line typescript/unbound-method -- its `this` is what the test is about
      cache.wrap(service.times, { key: 'times:{0}:{1}', tags: (n) => [`of:${n}`] })
    const [times, elsewhere] = [declare(a), declare(b)]
    expect(await times.call(service, 2, 5)).toBe(30)
    expect(await times.call(service, 2, 5)).toBe(30)
    expect(calls).toEqual([[2, 5]])
    expect(times.key(2, 5)).toBe('times:2:5')
    await heardBy([b], () => a.cache.invalidateTags(['of:2']))
    expect(await elsewhere.call(service, 2, 5)).toBe(30)
    await heardBy([a], () => elsewhere.delete(2, 5))
    expect(await times.call(service, 2, 5)).toBe(30)
    expect(calls).toHaveLength(3)
  })

  test('may make its keys itself', async () => {
    const [a] = await stage.pair()
    let calls = 0
    const search = a.cache.wrap((query: { text: string }) => ++calls + query.text, {
      key: ({ text }) => `search:${text.toLowerCase()}`,
      tags: ({ text }) => [text],
      ttl: '1m',
    })
    expect(await search({ text: 'A' })).toBe('1A')
    expect(await search({ text: 'a' })).toBe('1A')
    await search.delete({ text: 'a' })
    expect(await search({ text: 'a' })).toBe('2a')
  })

  test('hashes what is structured', async () => {
    const [a] = await stage.pair()
    const count = a.cache.wrap((query: object) => Object.keys(query).length, {
      key: 'count:{0:hash}',
    })
    expect(await count({ a: 1, b: 2 })).toBe(2)
    expect(count.key({ b: 2, a: 1 })).toBe(count.key({ a: 1, b: 2 }))
  })

  test('rejects with its own errors, and with those of bad arguments', async () => {
    const [a] = await stage.pair()
    const failing = a.cache.wrap(
      (_id: number): number => {
        throw new RangeError('none')
      },
      { key: 'failing:{0}' },
    )
    await expect(failing(1)).rejects.toThrow(RangeError)
    await expect(failing(Number.NaN)).rejects.toThrow(
      'parameter "0" of "failing:{0}" must be finite',
    )
  })
})

describe('a decorated method', () => {
  test('is cached for each of its arguments, in the cache of its instance', async () => {
    const [a, b] = await stage.pair()
    const [one, other] = [new Users(a.cache, 'eu'), new Users(b.cache, 'eu')]
    expect(await one.find(1)).toEqual({ id: 1, of: 'eu' })
    expect(await one.find(1)).toEqual({ id: 1, of: 'eu' })
    expect(one.finds).toBe(1)
    await heardBy([b], () => a.cache.delete('users:1'))
    expect(await other.find(1)).toEqual({ id: 1, of: 'eu' })
    expect(other.finds).toBe(1)
    expect(await new Users(a.cache, 'us').named('Ada')).toBe('us Ada')
    expect(await new Users(a.cache, 'eu').named('Ada')).toBe('eu Ada')
    expect(a.cache.peek('us:Ada')).toBe('us Ada')
  })
})
