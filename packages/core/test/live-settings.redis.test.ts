import { describe, expect, test } from 'vitest'
import { ConfigError, LoadTimeoutError, TierError, createCache } from '../src/index.ts'
import { heardBy } from './support/messages.ts'
import { BEATING, Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
const OPTIONS = { ttl: '5m', load: ({ id }: { id: unknown }) => `loaded ${String(id)}` } as const

describe('settings of a family', () => {
  test('are changed here alone, unless they are for all instances', async () => {
    const [a, b] = await stage.pair()
    const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', OPTIONS))
    expect(users!.settings).toMatchObject({ ttl: 300_000, enabled: true })
    expect(await users!.configure({ ttl: '1m' })).toBe('here')
    expect(users!.settings.ttl).toBe(60_000)
    expect(peers!.settings.ttl).toBe(300_000)
    expect(await users!.configure({ ttl: '2m', grace: '1h' }, { everywhere: true })).toBe(
      'everywhere',
    )
    await until('the settings', () => peers!.settings.ttl === 120_000)
    expect(peers!.settings.grace).toBe(3_600_000)
    expect(users!.settings.ttl).toBe(60_000) // what was said here holds here
    await users!.configure({ ttl: undefined })
    expect(users!.settings.ttl).toBe(120_000)
    await peers!.configure({ ttl: undefined }, { everywhere: true })
    await until('the settings', () => users!.settings.ttl === 300_000)
    expect(users!.settings.grace).toBe(3_600_000)
  })

  test('hold for what is stored from then on', async () => {
    const [a, b] = await stage.pair()
    const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', OPTIONS))
    await users!.configure({ ttl: '1m' }, { everywhere: true })
    await until('the settings', () => peers!.settings.ttl === 60_000)
    await peers!.get({ id: 1 })
    const key = stage.keys.entry('user:1')
    await until('the fill', () => stage.admin.exists(key))
    expect(await stage.admin.pttl(key)).toBeLessThanOrEqual(60_000)
  })

  test('have no end, so that no server evicts them with the entries', async () => {
    const { cache } = await stage.instance()
    const users = cache.keyspace('user:{id}', OPTIONS)
    await users.configure({ enabled: false }, { everywhere: true })
    expect(await stage.admin.pttl(stage.keys.entry(`\u0003${users.name}`))).toBe(-1)
  })

  test('outlive the instances, a clear and a new numbering', async () => {
    const [a, b] = await stage.pair(BEATING)
    const users = a.cache.keyspace('user:{id}', OPTIONS)
    await users.configure({ ttl: '1m' }, { everywhere: true })
    await a.cache.clear()
    await stage.admin.del(stage.keys.meta)
    await a.cache.close()
    await b.cache.close()
    const { cache } = await stage.begin(BEATING)
    const again = cache.keyspace('user:{id}', OPTIONS)
    await cache.ready()
    expect(again.settings.ttl).toBe(60_000)
  })

  test('reach an instance that missed the message, and the log of it', async () => {
    const [a, b] = await stage.pair(BEATING)
    const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', OPTIONS))
    const hearAgain = b.proxy.dropMessages(() => true)
    await users!.configure({ ttl: '1m' }, { everywhere: true })
    await stage.admin.del(stage.keys.log)
    await until('the settings', () => peers!.settings.ttl === 60_000)
    hearAgain()
  })

  test('are read again when the answer was overtaken by a change', async () => {
    const [a, b] = await stage.pair()
    const users = a.cache.keyspace('user:{id}', OPTIONS)
    await users.configure({ ttl: '1m' }, { everywhere: true })
    const answer = b.proxy.holdReply(({ name }) => name === 'MGET')
    const peers = b.cache.keyspace('user:{id}', OPTIONS)
    await answer.arrived // with 1m
    await heardBy([b], () => users.configure({ ttl: '2m' }, { everywhere: true }))
    answer.release()
    await until('the settings', () => peers.settings.ttl === 120_000)
  })

  test('that Redis did not take are refused, and nothing is changed', async () => {
    const [a, b] = await stage.pair()
    const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', OPTIONS))
    await users!.configure({ ttl: '1m' }, { everywhere: true })
    await until('the settings', () => peers!.settings.ttl === 60_000)
    await a.proxy.refuse()
    a.proxy.cut()
    await expect(users!.configure({ ttl: '2m' }, { everywhere: true })).rejects.toThrow(TierError)
    expect(users!.settings.ttl).toBe(60_000)
    await a.proxy.refuse(false)
    expect(peers!.settings.ttl).toBe(60_000)
  })

  test.each([
    [{ ttl: 'soon' }, /keyspace "user:\{id\}"\.ttl/],
    [{ enabled: 'no' }, /enabled must be true or false/],
    [{ codec: 1 }, /unknown option "codec"/],
  ])('%o are refused', async (settings, message) => {
    const [a] = await stage.pair()
    const users = a.cache.keyspace('user:{id}', OPTIONS)
    await expect(users.configure(settings as object)).rejects.toThrow(message)
  })
})

describe('a family that is turned off', () => {
  test('loads each time and keeps nothing, and what was kept is dropped as ever', async () => {
    const [a, b] = await stage.pair()
    let loads = 0
    const options = { load: () => ++loads, loadMany: () => [++loads] }
    const [users, peers] = [a, b].map(({ cache }) => cache.keyspace('user:{id}', options))
    expect(await peers!.get({ id: 1 })).toBe(1)
    await users!.configure({ enabled: false }, { everywhere: true })
    await until('the settings', () => !peers!.settings.enabled)
    expect(await peers!.get({ id: 1 })).toBe(2)
    expect(await peers!.getMany([{ id: 1 }])).toEqual([3])
    expect(peers!.peek({ id: 1 })).toBeUndefined()
    expect(await peers!.getOrSet({ id: 1 }, () => 7)).toBe(7)
    await users!.set({ id: 1 }, 8) // drops what is there
    await users!.configure({ enabled: true }, { everywhere: true })
    await until('the settings', () => peers!.settings.enabled)
    expect(await peers!.get({ id: 1 })).toBe(4)
    expect(await peers!.get({ id: 1 })).toBe(4)
  })

  test('gives up a load that is late, as ever', async () => {
    const [a] = await stage.pair()
    let told: AbortSignal | undefined
    const stuck = a.cache.keyspace('stuck:{id}', {
      hardTimeout: '50ms',
      load: (_, { signal }) => {
        told = signal
        return new Promise<string>(() => {})
      },
    })
    await stuck.configure({ enabled: false })
    await expect(stuck.get({ id: 1 })).rejects.toThrow(LoadTimeoutError)
    expect(told?.aborted).toBe(true)
  })

  test('finds nothing without a loader', async () => {
    const [a] = await stage.pair()
    const users = a.cache.keyspace('user:{id}')
    await users.set({ id: 1 }, 'v')
    await users.configure({ enabled: false })
    expect(await users.get({ id: 1 })).toBeUndefined()
    expect(await users.getMany([{ id: 1 }])).toEqual([undefined])
    await users.configure({ enabled: true })
    expect(await users.get({ id: 1 })).toBe('v')
  })
})

test('settings that are gone before they are read back are told to be missing', async () => {
  const [a] = await stage.pair()
  const users = a.cache.keyspace('user:{id}', OPTIONS)
  await a.cache.ready()
  const read = a.proxy.holdCommand({ command: 'MGET', includes: '\u0003' })
  const saying = users.configure({ ttl: '1m' }, { everywhere: true })
  await read.arrived
  await stage.admin.del(stage.keys.entry(`\u0003${users.name}`))
  read.release()
  await expect(saying).rejects.toThrow(TierError)
})

describe('settings under a name of the caller’s', () => {
  interface Flags {
    readonly percent?: number
    readonly of?: { readonly list: readonly string[] }
  }

  test('reach all who listen, on all instances and those that begin later, and outlive a clear', async () => {
    const [a, b] = await stage.pair(BEATING)
    const heard: Partial<Flags>[] = [{}, {}, {}]
    const listen = (cache: typeof a.cache, i: number) =>
      cache.namespace('web').sharedSettings<Flags>('flags', (said) => {
        heard[i] = said
      })
    const flags = listen(a.cache, 0)
    listen(a.cache, 1)
    listen(b.cache, 2)
    const of = { list: ['x', 'y'] }
    expect(await flags.say({ percent: 7, of })).toBe('everywhere')
    expect(heard.slice(0, 2)).toEqual([
      { percent: 7, of },
      { percent: 7, of },
    ])
    await until('the settings', () => heard[2]!.percent === 7)
    await a.cache.clear()
    const late = await stage.begin(BEATING)
    const later = listen(late.cache, 2)
    heard[2] = {}
    await later.settled()
    expect(heard[2]).toEqual({ percent: 7, of })
  })

  test('reach an instance that missed the message, and the log of it', async () => {
    const [a, b] = await stage.pair(BEATING)
    let heard: Partial<Flags> = {}
    const flags = a.cache.sharedSettings<Flags>('flags', () => {})
    const peers = b.cache.sharedSettings<Flags>('flags', (said) => {
      heard = said
    })
    await peers.settled()
    const hearAgain = b.proxy.dropMessages(() => true)
    await flags.say({ percent: 7 })
    await stage.admin.del(stage.keys.log)
    await until('the settings', () => heard.percent === 7)
    hearAgain()
  })

  test('are not those of a family that is called the same, or of another namespace', async () => {
    const [a] = await stage.pair()
    const users = a.cache.keyspace('user', { ttl: '5m' })
    let others: object | undefined
    const other = a.cache.namespace('x').sharedSettings('user', (said) => {
      others = said
    })
    await a.cache.sharedSettings<{ ttl: string }>('user', () => {}).say({ ttl: '1m' })
    await other.settled()
    expect(users.settings.ttl).toBe(300_000)
    expect(others).toEqual({})
  })

  test('that Redis did not take are refused, and the listener is not told', async () => {
    const [a] = await stage.pair()
    const heard: Partial<Flags>[] = []
    const flags = a.cache.sharedSettings<Flags>('flags', (said) => heard.push(said))
    await flags.settled()
    await a.proxy.refuse()
    a.proxy.cut()
    await expect(flags.say({ percent: 7 })).rejects.toThrow(TierError)
    expect(heard.filter(({ percent }) => percent === 7)).toEqual([])
    await a.proxy.refuse(false)
  })

  test('have a name that is one, and no more names than a cache may have', () => {
    const cache = createCache({ namespace: 'names' })
    expect(() => cache.sharedSettings('a\u0003b', () => {})).toThrow(ConfigError)
    for (let i = 0; i < 10_000; i++) cache.sharedSettings(String(i), () => {})
    cache.sharedSettings('7', () => {})
    expect(() => cache.sharedSettings('one more', () => {})).toThrow(/at most 10000 names/)
  })
})
