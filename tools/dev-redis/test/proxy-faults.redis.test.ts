import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type DevRedis, type Proxy, eventually, startProxy, startRedis } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'
import { endClients, newClient, next } from './clients.ts'
import { RawClient } from './raw-client.ts'

let redis: DevRedis
let proxy: Proxy

beforeAll(async () => {
  vi.stubEnv('REDIS_URL', '')
  redis = await startRedis()
})

beforeEach(async () => {
  await ask(redis, ['FLUSHALL'])
  proxy = await startProxy({ target: redis })
})

afterEach(async () => {
  endClients()
  await proxy.stop()
})

afterAll(() => redis.stop())

/** True if `work` is still under way after the server has answered others. */
async function isStuck(work: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open')
  for (let i = 0; i < 3; i++) await ask(redis, ['PING'])
  return (await Promise.race([work, Promise.resolve(open)])) === open
}

async function clientsOfServer(): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(String(await ask(redis, ['INFO', 'clients'])))?.[1])
}

test('a proxy is transparent, for large values and pipelines too', async () => {
  const client = await newClient(proxy.url)
  const large = Buffer.alloc(20 * 1024 * 1024, 'x')
  await client.set('large', large)
  expect((await client.getBuffer('large'))?.equals(large)).toBe(true)
  const pipeline = client.pipeline()
  for (let i = 0; i < 1000; i++) pipeline.incr('n')
  expect(await pipeline.exec()).toHaveLength(1000)
  expect(await client.get('n')).toBe('1000')
})

test('the URL of a proxy keeps the password and the database of its target', async () => {
  await using other = await startProxy({ target: `redis://:pw@127.0.0.1:${redis.port}/3` })
  expect(other.url).toBe(`redis://:pw@127.0.0.1:${other.port}/3`)
})

test('a connection is a subscriber from its first subscription on', async () => {
  const commands = await newClient(proxy.url)
  const subscribers = await Promise.all([
    newClient(proxy.url, { protocol: 2 }),
    newClient(proxy.url, { protocol: 3 }),
  ])
  expect([proxy.commands().size, proxy.subscribers().size]).toEqual([3, 0])
  await subscribers[0]?.psubscribe('a*')
  await subscribers[1]?.ssubscribe('b')
  await commands.ping()
  expect([proxy.commands().size, proxy.subscribers().size]).toEqual([1, 2])
  expect(proxy.connections().size).toBe(3)
})

test('a connection knows the name that its client gave itself', async () => {
  const client = await newClient(proxy.url)
  await client.client('SETNAME', 'reader')
  expect([...proxy.connections()].map(({ name }) => name)).toEqual(['reader'])
})

test('bytes held upward do not reach the server; released, they do, in order', async () => {
  const client = await newClient(proxy.url)
  proxy.hold('up')
  const work = Promise.all([client.set('a', '1'), client.append('a', '2'), client.get('a')])
  expect(await isStuck(work)).toBe(true)
  expect(String(await ask(redis, ['EXISTS', 'a']))).toBe('0')
  proxy.release()
  expect(await work).toEqual(['OK', 2, '12'])
})

test('bytes held downward are executed; the client hears of it after the release', async () => {
  const client = await newClient(proxy.url)
  proxy.hold('down')
  const work = client.set('a', '1')
  await eventually(
    'the server to have it',
    async () => Number(await ask(redis, ['EXISTS', 'a'])) === 1,
  )
  expect(await isStuck(work)).toBe(true)
  proxy.release('down')
  expect(await work).toBe('OK')
})

test('a hold of the proxy concerns new connections too, one of a connection only that', async () => {
  const first = await newClient(proxy.url)
  for (const connection of proxy.connections()) connection.hold()
  const second = await newClient(proxy.url)
  const work = first.ping()
  expect(await second.ping()).toBe('PONG')
  expect(await isStuck(work)).toBe(true)
  proxy.release()
  await work
  proxy.hold()
  const third = newClient(proxy.url)
  expect(await isStuck(third)).toBe(true)
  proxy.release()
  expect(await (await third).ping()).toBe('PONG')
})

test('a hold keeps a part, and then no longer reads what the sender sends', async () => {
  using raw = new RawClient(proxy)
  proxy.hold('up')
  const size = 1024 * 1024
  const command = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n${'x'.repeat(size)}\r\n`
  for (let i = 0; i < 60; i++) raw.socket.write(command)
  let waiting = -1
  const isStill = (): boolean => waiting === (waiting = raw.socket.writableLength)
  await eventually('the sender to be stuck', isStill, { every: 100 })
  // The proxy keeps 8 MB, the system's own buffers some more.
  expect(waiting).toBeGreaterThan(30 * size)
  proxy.release()
  await raw.expect('+OK '.repeat(60))
})

test('a delay is waited for once each way, and many commands wait for it together', async () => {
  const client = await newClient(proxy.url)
  proxy.delay(60)
  const started = performance.now()
  await Promise.all(Array.from({ length: 20 }, () => client.ping()))
  const took = performance.now() - started
  expect(took).toBeGreaterThan(115)
  expect(took).toBeLessThan(1000)
  proxy.delay(60_000)
  const { commands } = proxy.stats
  const stuck = client.ping()
  await eventually('the command', () => proxy.stats.commands > commands)
  proxy.delay(0)
  expect(await stuck).toBe('PONG')
})

test('bytes dropped downward were executed, and the connection is cut rather than resumed', async () => {
  const client = await newClient(proxy.url, { commandTimeout: 100 })
  proxy.drop('down')
  await expect(client.set('a', '1')).rejects.toThrow('timed out')
  expect(String(await ask(redis, ['GET', 'a']))).toBe('1')
  expect(client.status).toBe('ready')
  const end = next(client, 'end')
  proxy.drop('down', false)
  await end
  expect(proxy.stats).toMatchObject({ cut: 1, bytesSwallowed: 5 })
})

test('bytes dropped upward are never executed, while the server can still speak', async () => {
  const subscriber = await newClient(proxy.url, { commandTimeout: 100 })
  await subscriber.subscribe('ch')
  proxy.drop('up')
  const message = once(subscriber, 'message')
  await ask(redis, ['PUBLISH', 'ch', 'hello'])
  expect(await message).toEqual(['ch', 'hello'])
  await expect(subscriber.ping()).rejects.toThrow('timed out')
})

test('a connection that lost nothing survives a partition, and one that did is cut', async () => {
  const [quiet, busy] = await Promise.all([
    newClient(proxy.url),
    newClient(proxy.url, { commandTimeout: 100 }),
  ])
  proxy.partition()
  await expect(busy.ping()).rejects.toThrow('timed out')
  const end = next(busy, 'end')
  await proxy.heal()
  await end
  expect(await quiet.ping()).toBe('PONG')
})

test('a new connection during a partition is accepted and gets no answer', async () => {
  proxy.partition()
  const socket = connect(proxy.port, proxy.host)
  await once(socket, 'connect')
  socket.write('PING\r\n')
  await eventually('the bytes to be lost', () => proxy.stats.bytesSwallowed === 6)
  expect(socket.bytesRead).toBe(0)
  const [error]: unknown[] = await Promise.all([once(socket, 'error'), proxy.heal()]).then(
    ([args]) => args,
  )
  expect(String(error)).toContain('ECONNRESET')
  expect(await (await newClient(proxy.url)).ping()).toBe('PONG')
})

test('a client that gives up during a partition leaves its connection open at the server', async () => {
  using raw = new RawClient(proxy)
  raw.send('PING')
  await raw.expect('PONG')
  const before = await clientsOfServer()
  proxy.partition()
  raw.send('PING')
  await eventually('the bytes to be lost', () => proxy.stats.bytesSwallowed === 6)
  raw.socket.destroy()
  for (let i = 0; i < 5; i++) await clientsOfServer()
  expect(await clientsOfServer()).toBe(before)
  await proxy.heal()
  await eventually('the server to hear of it', async () => (await clientsOfServer()) < before)
})

test('a cut is seen by the client at once, and it can connect again', async () => {
  const client = await newClient(proxy.url, { retryStrategy: () => 1 })
  const closed = next(client, 'close')
  proxy.connections().cut()
  await closed
  await next(client, 'ready')
  expect(await client.ping()).toBe('PONG')
  expect(proxy.stats).toMatchObject({ accepted: 2, cut: 1 })
})

test('a proxy that refuses keeps its connections and takes no new ones', async () => {
  const client = await newClient(proxy.url)
  await proxy.refuse()
  expect(await client.ping()).toBe('PONG')
  await expect(ask(proxy, ['PING'])).rejects.toThrow('ECONNREFUSED')
  await proxy.refuse(false)
  expect(String(await ask(proxy, ['PING']))).toBe('PONG')
})

test('a server that dies ends its connections, after a hold if there is one', async () => {
  await using other = await startRedis()
  await using front = await startProxy({ target: other })
  const [open, held] = await Promise.all([newClient(front.url), newClient(front.url)])
  const [, second] = front.connections()
  second?.hold('down')
  const end = next(open, 'end')
  await other.kill()
  await end
  expect(held.status).toBe('ready')
  const heldEnd = next(held, 'end')
  front.release()
  await heldEnd
  await expect(ask(front, ['PING'])).rejects.toThrow(/ECONNRESET|closed/)
  await other.restart()
  expect(String(await ask(front, ['PING']))).toBe('PONG')
})

test('a stopped proxy leaves no connection and no open port', async () => {
  const client = await newClient(proxy.url)
  proxy.hold()
  const end = next(client, 'end')
  await proxy.stop()
  await end
  await eventually('the connections to be gone', () => proxy.connections().size === 0)
  await expect(ask(proxy, ['PING'])).rejects.toThrow('ECONNREFUSED')
})

test('clients that were killed leave nothing that keeps the process from ending', async () => {
  const program = fileURLToPath(new URL('kills-clients.ts', import.meta.url))
  const child = spawn(process.execPath, [program, redis.url], { stdio: 'inherit' })
  try {
    const exit = once(child, 'exit', { signal: AbortSignal.timeout(20_000) })
    expect(await exit).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})

test('counters say what passed', async () => {
  expect(String(await ask(proxy, ['PING']))).toBe('PONG')
  expect(proxy.stats).toMatchObject({
    accepted: 1,
    commands: 1,
    replies: 1,
    bytesUp: 14,
    bytesDown: 7,
    bytesSwallowed: 0,
  })
})
