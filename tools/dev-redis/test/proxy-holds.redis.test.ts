import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type DevRedis, type Proxy, startProxy, startRedis } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'
import { endClients, newClient, next } from './clients.ts'
import { RawClient } from './raw-client.ts'

let redis: DevRedis

beforeAll(async () => {
  vi.stubEnv('REDIS_URL', '')
  redis = await startRedis()
})

afterAll(() => redis.stop())

describe.each([2, 3] as const)('in RESP%i', (protocol) => {
  let proxy: Proxy
  let client: Redis
  let done: string[]

  beforeEach(async () => {
    await ask(redis, ['FLUSHALL'])
    await ask(redis, ['SCRIPT', 'FLUSH'])
    proxy = await startProxy({ target: redis })
    client = await newClient(proxy.url, { protocol })
    done = []
  })

  afterEach(async () => {
    endClients()
    await proxy.stop()
  })

  /** Notes when work is done, so that a test can see the order. */
  async function note<T>(name: string, work: Promise<T>): Promise<T> {
    const value = await work
    done.push(name)
    return value
  }

  test('a held reply is of a command that was executed, and what comes behind it waits', async () => {
    const hold = proxy.holdReply({ command: 'set', includes: 'user:1' })
    const first = note('first', client.set('e:user:0', 'a'))
    const held = note('held', client.set('e:user:1', 'b'))
    const behind = note('behind', client.set('e:user:2', 'c'))
    const command = await hold.arrived
    expect([command.name, ...command.args.map(String)]).toEqual(['SET', 'e:user:1', 'b'])
    expect(String(await ask(redis, ['GET', 'e:user:1']))).toBe('b')
    await first
    // The server answered the third one too, which nobody here is told.
    await vi.waitFor(async () => expect(String(await ask(redis, ['GET', 'e:user:2']))).toBe('c'))
    expect(done).toEqual(['first'])
    hold.release()
    await Promise.all([held, behind])
    expect(done).toEqual(['first', 'held', 'behind'])
  })

  test('a held command was not executed, nor what comes behind it on its connection', async () => {
    const other = await newClient(proxy.url, { protocol })
    const hold = proxy.holdCommand({ command: ['MGET', 'SET'] })
    const read = client.get('a')
    const write = note('write', client.set('a', '1'))
    const behind = note('behind', client.incr('n'))
    await hold.arrived
    expect(await read).toBeNull()
    expect(await other.mget('a', 'n')).toEqual([null, null])
    expect(done).toEqual([])
    hold.release()
    await Promise.all([write, behind])
    expect(await other.mget('a', 'n')).toEqual(['1', '1'])
  })

  test('a hold takes one command; two holds take two, in the order in which they were made', async () => {
    const others = await Promise.all([1, 2].map(() => newClient(proxy.url, { protocol })))
    const holds = [proxy.holdReply({ command: 'GET' }), proxy.holdReply({ command: 'GET' })]
    const works = [client.get('0')]
    await holds[0]?.arrived
    works.push(note('second', others[0]!.get('1')))
    expect(String((await holds[1]?.arrived)?.args[0])).toBe('1')
    expect(await others[1]!.get('2')).toBeNull()
    holds[1]?.release()
    await works[1]
    expect(done).toEqual(['second'])
    holds[0]?.release()
    await works[0]
  })

  test('a command sent before the hold was made is not taken', async () => {
    proxy.hold('down')
    const before = client.get('a')
    await vi.waitFor(() => expect(proxy.stats.commands).toBeGreaterThan(0))
    const hold = proxy.holdReply({ includes: 'b' })
    const after = note('after', client.get('b'))
    await hold.arrived
    proxy.release()
    expect(await before).toBeNull()
    expect(done).toEqual([])
    hold.release()
    await after
  })

  test('a reply in the middle of a pipeline can be held', async () => {
    const hold = proxy.holdReply({ includes: 'k500' })
    const commands = Array.from({ length: 1000 }, (_, i) => note(`k${i}`, client.set(`k${i}`, i)))
    await hold.arrived
    await commands[499]
    expect(done).toHaveLength(500)
    hold.release()
    await Promise.all(commands)
    expect(done).toHaveLength(1000)
  })

  test('a script is held when it ran, not when the server did not know it', async () => {
    client.defineCommand('note', { numberOfKeys: 1, lua: 'return redis.call("INCR", KEYS[1])' })
    const scripted = client as Redis & { note(key: string): Promise<number> }
    expect(await scripted.note('e:user:1')).toBe(1)
    await ask(redis, ['SCRIPT', 'FLUSH'])
    const hold = proxy.holdReply({ command: ['EVALSHA', 'EVAL'], includes: 'e:user:1' })
    const work = note('work', scripted.note('e:user:1'))
    // EVALSHA was answered with NOSCRIPT.
    expect((await hold.arrived).name).toBe('EVAL')
    expect(String(await ask(redis, ['GET', 'e:user:1']))).toBe('2')
    expect(done).toEqual([])
    hold.release()
    expect(await work).toBe(2)
    const again = proxy.holdReply({ command: ['EVALSHA', 'EVAL'], includes: 'e:user:1' })
    const second = scripted.note('e:user:1')
    expect((await again.arrived).name).toBe('EVALSHA')
    again.release()
    expect(await second).toBe(3)
  })

  test('replies are told apart from subscriptions and messages', async () => {
    using raw = new RawClient(proxy)
    raw.send(`HELLO ${protocol}`)
    // Answered 3, 2, 3 (bare, with patterns left), 1 (bare, nothing to end), 1, 2 and 2 times.
    const hold = proxy.holdReply({ command: 'PING', includes: 'held' })
    raw.send('SUBSCRIBE a b c', 'PSUBSCRIBE x* y*', 'UNSUBSCRIBE', 'UNSUBSCRIBE')
    raw.send('SUBSCRIBE d', 'UNSUBSCRIBE d e', 'SUBSCRIBE f f', '', 'PING first', 'PING held')
    raw.send('PUNSUBSCRIBE', 'PING behind')
    await hold.arrived
    await raw.expect('first')
    expect(raw.received.match(/subscribe/g)).toHaveLength(14)
    await client.publish('f', 'message')
    await vi.waitFor(() => expect(proxy.stats.messages).toBe(1))
    expect(raw.received).not.toMatch(/held|punsubscribe|behind|message/)
    hold.release()
    await raw.expect('message')
    expect(raw.received).toMatch(/first .*held .*punsubscribe .*punsubscribe .*behind .*message/)
  })

  test('messages between replies answer nothing', async () => {
    using raw = new RawClient(proxy)
    raw.send(`HELLO ${protocol}`, 'SUBSCRIBE f', 'PSUBSCRIBE x*')
    await raw.expect('x*')
    const hold = proxy.holdReply({ command: 'PING', includes: 'held' })
    proxy.hold('up')
    raw.send('PING first', 'PING held')
    await ask(redis, ['PUBLISH', 'f', 'one'])
    await ask(redis, ['PUBLISH', 'x1', 'two'])
    await raw.expect('two')
    proxy.release()
    await hold.arrived
    await raw.expect('first')
    expect(raw.received).not.toContain('held')
    hold.release()
    await raw.expect('held')
  })

  test('replies keep their places after an error and within a transaction', async () => {
    await expect(client.call('NOSUCH')).rejects.toThrow('unknown command')
    const hold = proxy.holdReply({ command: 'EXEC' })
    const work = note('exec', client.multi().set('a', '1').get('a').exec())
    await hold.arrived
    expect(String(await ask(redis, ['GET', 'a']))).toBe('1')
    expect(done).toEqual([])
    hold.release()
    expect(await work).toEqual([
      [null, 'OK'],
      [null, '1'],
    ])
  })

  test('a hold whose connection ends takes the command that repeats it', async () => {
    const again = await newClient(proxy.url, { protocol, retryStrategy: () => 1 })
    const paused = proxy.holdCommand({ includes: 'first' })
    const hold = proxy.holdReply({ command: 'GET' })
    const behind = again.set('first', '1').catch(() => 'lost')
    await paused.arrived
    const lost = again.get('a').catch(() => 'lost')
    const { commands } = proxy.stats
    await vi.waitFor(() => expect(proxy.stats.commands).toBe(commands + 1))
    const ready = next(again, 'ready')
    proxy.cut()
    expect(await Promise.all([behind, lost])).toEqual(['lost', 'lost'])
    await ready
    const work = again.get('b')
    expect(String((await hold.arrived).args[0])).toBe('b')
    hold.release()
    await work
  })

  test('a hold that is released before its command came holds nothing', async () => {
    const hold = proxy.holdReply({ command: 'GET' })
    hold.release()
    await expect(hold.arrived).rejects.toThrow('released before')
    expect(await client.get('a')).toBeNull()
    const sent = proxy.holdReply({ command: 'GET' })
    proxy.hold('up')
    const work = client.get('a')
    sent.release()
    proxy.release()
    expect(await work).toBeNull()
  })

  test('a hold for which nothing comes says so, and holds nothing later', async () => {
    const hold = proxy.holdCommand((command) => command.name === 'GET', { timeout: 20 })
    await expect(hold.arrived).rejects.toThrow('none came within 20 ms')
    expect(await client.get('a')).toBeNull()
  })

  test('healing releases what is held', async () => {
    const hold = proxy.holdReply({ command: 'GET' })
    const work = client.get('a')
    await hold.arrived
    await proxy.heal()
    expect(await work).toBeNull()
  })
})

test('in RESP3 a push behind a held reply waits too, so the order of bytes is kept', async () => {
  await using proxy = await startProxy({ target: redis })
  using raw = new RawClient(proxy)
  raw.send('HELLO 3', 'SUBSCRIBE ch')
  await raw.expect('subscribe')
  const hold = proxy.holdReply({ command: 'ECHO' })
  raw.send('ECHO reply')
  await hold.arrived
  await ask(redis, ['PUBLISH', 'ch', 'push'])
  await vi.waitFor(() => expect(proxy.stats.messages).toBe(1))
  expect(raw.received).not.toMatch(/reply|push/)
  hold.release()
  await raw.expect('push')
  expect(raw.received).toMatch(/reply .*push/)
})

test('a command that comes in pieces is held whole', async () => {
  await using proxy = await startProxy({ target: redis })
  using raw = new RawClient(proxy)
  const hold = proxy.holdCommand({ command: 'ECHO', includes: 'in pieces' })
  for (const piece of ['*2\r\n$4\r\nEC', 'HO\r\n$9\r\nin pi', 'eces\r', '\n']) {
    raw.socket.write(piece)
    await new Promise(setImmediate)
  }
  await hold.arrived
  expect(proxy.stats.bytesUp).toBe(0)
  hold.release()
  await raw.expect('in pieces')
})
