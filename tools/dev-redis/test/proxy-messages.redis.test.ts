import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type DevRedis, type Proxy, startProxy, startRedis } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'
import { endClients, newClient } from './clients.ts'

let redis: DevRedis

beforeAll(async () => {
  vi.stubEnv('REDIS_URL', '')
  redis = await startRedis()
})

afterAll(() => redis.stop())

describe.each([2, 3] as const)('in RESP%i', (protocol) => {
  let proxy: Proxy
  let subscriber: Redis
  let seen: string[]

  beforeEach(async () => {
    proxy = await startProxy({ target: redis })
    subscriber = await newClient(proxy.url, { protocol })
    seen = []
    subscriber.on('message', (channel, message: string) => seen.push(`${channel}=${message}`))
    subscriber.on('smessage', (channel, message: string) => seen.push(`s:${channel}=${message}`))
    subscriber.on('pmessage', (pattern, channel, message: string) =>
      seen.push(`${pattern}:${channel}=${message}`),
    )
    await subscriber.subscribe('a', 'b')
    await subscriber.psubscribe('p*')
    await subscriber.ssubscribe('s')
  })

  afterEach(async () => {
    endClients()
    await proxy.stop()
  })

  /** Publishes, and waits until everything that passes the proxy has come to the subscriber. */
  async function publish(...messages: readonly (readonly [string, string])[]): Promise<void> {
    const before = proxy.stats.messages
    for (const [channel, message] of messages) {
      await ask(redis, [channel === 's' ? 'SPUBLISH' : 'PUBLISH', channel, message])
    }
    await vi.waitFor(() => expect(proxy.stats.messages).toBe(before + messages.length))
    await subscriber.ping()
  }

  test('messages of all three kinds are seen by the filter, and others pass', async () => {
    const asked: unknown[] = []
    const end = proxy.dropMessages((message) => {
      asked.push({ ...message, payload: String(message.payload) })
      return String(message.payload).startsWith('lost')
    })
    await publish(['a', '1'], ['b', 'lost'], ['p1', '2'], ['p2', 'lost'], ['s', '3'], ['s', 'lost'])
    expect(seen).toEqual(['a=1', 'p*:p1=2', 's:s=3'])
    expect(asked).toContainEqual({ channel: 'p2', pattern: 'p*', payload: 'lost' })
    expect(proxy.stats.messagesDropped).toBe(3)
    end()
    await publish(['a', 'lost'])
    expect(seen.at(-1)).toBe('a=lost')
  })

  test('a share of the messages can be lost, by a chance that a test can fix', async () => {
    const numbers = [0.1, 0.9, 0.2, 0.8]
    proxy.dropMessages(0.3, { random: () => numbers.shift() ?? 1 })
    await publish(['a', '1'], ['a', '2'], ['a', '3'], ['a', '4'], ['a', '5'])
    expect(seen).toEqual(['a=2', 'a=4', 'a=5'])
  })

  test('messages can come twice', async () => {
    proxy.duplicateMessages(({ channel }) => channel === 'a')
    await publish(['a', '1'], ['b', '2'])
    expect(seen).toEqual(['a=1', 'a=1', 'b=2'])
    expect(proxy.stats.messagesDuplicated).toBe(1)
  })

  test('held messages wait while replies pass, and are sent on or lost one by one', async () => {
    const held = proxy.holdMessages(({ channel }) => channel === 'a')
    await publish(['a', '1'], ['b', '2'], ['a', '3'], ['a', '4'], ['a', '5'])
    await held.arrived(4)
    expect(seen).toEqual(['b=2'])
    expect(held.waiting.map(({ payload }) => String(payload))).toEqual(['1', '3', '4', '5'])
    held.release(1)
    held.discard(0)
    expect(held.waiting).toHaveLength(2)
    held.end()
    await publish(['a', '6'])
    expect(seen).toEqual(['b=2', 'a=3', 'a=4', 'a=5', 'a=6'])
  })

  test('healing sends on the messages that were held and forgets the filters', async () => {
    proxy.dropMessages(({ channel }) => channel === 'b')
    const held = proxy.holdMessages()
    await publish(['a', '1'])
    await held.arrived()
    await proxy.heal()
    await publish(['b', '2'])
    expect(seen).toEqual(['a=1', 'b=2'])
  })

  test('subscriptions can be made and ended while messages are lost', async () => {
    proxy.dropMessages(1)
    await subscriber.unsubscribe('a')
    await subscriber.subscribe('c')
    await publish(['c', '1'])
    expect(seen).toEqual([])
  })
})

test('a list that looks like a message is none, on a connection that has no subscription', async () => {
  await using proxy = await startProxy({ target: redis })
  proxy.dropMessages(1)
  for (const protocol of [2, 3] as const) {
    const client = await newClient(proxy.url, { protocol })
    await client.del('list')
    await client.rpush('list', 'message', 'a', 'b')
    expect(await client.lrange('list', 0, -1)).toEqual(['message', 'a', 'b'])
  }
  expect(proxy.stats.messages).toBe(0)
  endClients()
})
