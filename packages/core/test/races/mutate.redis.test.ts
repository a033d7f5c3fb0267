import { describe, expect, test } from 'vitest'
import { runs } from '../support/commands.ts'
import { Deferred } from '../support/deferred.ts'
import { expectEverywhere } from '../support/everywhere.ts'
import { HeldLoader } from '../support/held-loader.ts'
import { heardBy } from '../support/messages.ts'
import { KEY, TAG } from '../support/overtakings.ts'
import { Records } from '../support/records.ts'
import { BEATING, type Instance, Stage } from '../support/stage.ts'
import { until } from '../support/until.ts'
import { type MutateTargets, entry } from '../../src/index.ts'

const stage = new Stage()

/** A mutation by `instance` that is under way until the test ends it, and has been announced to all. */
async function begin(
  instance: Instance,
  instances: readonly Instance[],
  targets: MutateTargets = { keys: [KEY] },
): Promise<{ end: () => Promise<void> }> {
  const held = new Deferred<void>()
  const running = new Deferred<void>()
  let mutating: Promise<void> | undefined
  await heardBy(instances, async () => {
    mutating = instance.cache.mutate(targets, () => {
      running.resolve()
      return held.promise
    })
    await running.promise
  })
  return {
    end: () =>
      heardBy(instances, async () => {
        held.resolve()
        await mutating
      }),
  }
}

/** As if the time of every intent were over. */
async function endIntents(): Promise<void> {
  const { intents } = stage.keys
  for (const member of await stage.admin.zrangebyscore(intents, '-inf', '+inf')) {
    await stage.admin.zadd(intents, 1, member)
  }
}

describe.each<[string, MutateTargets, readonly string[]]>([
  ['its key', { keys: [KEY] }, []],
  ['a tag of it', { tags: [TAG] }, [TAG]],
  ['a tag that only the loader knows', { tags: [TAG] }, []],
])('while %s is mutated', (_, targets, tags) => {
  const answer = (value: string) => () => entry(value, { tags: [TAG] })

  test('what is read is loaded each time and kept nowhere; after it, it is', async () => {
    const [a, b] = await stage.pair()
    await a.cache.getOrSet(KEY, answer('before'), { tags })
    const mutation = await begin(a, [a, b], targets)
    for (const { cache } of [a, b, b, a]) {
      using loads = new Records('load', stage.namespace)
      let isLoaded = false
      const load = (): unknown => {
        isLoaded = true
        return entry('during', { tags: [TAG] })
      }
      expect(await cache.getOrSet(KEY, load, { tags })).toBe('during')
      expect(isLoaded).toBe(true)
      expect(await loads.first()).toMatchObject({ outcome: 'refused' })
      await until('the load to be over', () => cache.stats().loads.underway === 0)
      expect(cache.peek(KEY)).toBeUndefined()
    }
    expect(await b.cache.get(KEY)).toBeUndefined()
    await mutation.end()
    expect(await b.cache.getOrSet(KEY, answer('after'), { tags })).toBe('after')
    await until('it to be stored', () => stage.admin.exists(stage.keys.entry(KEY)))
    await expectEverywhere(stage, [a, b], 'after')
    expect(await stage.admin.exists(stage.keys.intents)).toBe(0)
  })

  test('a load that began before it is not kept', async () => {
    const [a, b] = await stage.pair()
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags })
    await loader.called
    const mutation = await begin(a, [a, b], targets)
    loader.answer(entry('old', { tags: [TAG] }))
    await reading
    expect(await loads.first()).toMatchObject({ outcome: 'refused' })
    expect(b.cache.peek(KEY)).toBeUndefined()
    await mutation.end()
    await expectEverywhere(stage, [a, b], undefined)
  })

  test('a load that ends after it is not kept either: it may have read what was before', async () => {
    const [a, b] = await stage.pair()
    const mutation = await begin(a, [a, b], targets)
    using loads = new Records('load', stage.namespace)
    const loader = new HeldLoader()
    const reading = b.cache.getOrSet(KEY, loader.load, { tags })
    await loader.called
    await mutation.end()
    loader.answer(entry('old', { tags: [TAG] }))
    await reading
    expect(await loads.first()).toMatchObject({ outcome: 'refused' })
    await expectEverywhere(stage, [a, b], undefined)
  })

  test('a value whose fill fails is not kept here: nobody would tell of a writer that died', async () => {
    const [a, b] = await stage.pair({ l2: { timeout: '200ms', leaseTtl: '60s' } })
    const mutation = await begin(a, [a, b], targets)
    const fill = b.proxy.holdReply(runs('fill'))
    expect(await b.cache.getOrSet(KEY, answer('old'), { tags })).toBe('old')
    expect(b.cache.peek(KEY)).toBeUndefined()
    fill.release()
    await mutation.end()
    await expectEverywhere(stage, [a, b], undefined)
  })

  test('a writer that dies after its commit leaves nothing old, and what is loaded later is kept', async () => {
    const [a, b] = await stage.pair()
    await begin(a, [a, b], targets)
    a.proxy.partition()
    using loads = new Records('load', stage.namespace)
    expect(await b.cache.getOrSet(KEY, answer('committed'), { tags })).toBe('committed')
    expect(await loads.first()).toMatchObject({ outcome: 'refused' })
    await until('the load to be over', () => b.cache.stats().loads.underway === 0)
    expect(b.cache.peek(KEY)).toBeUndefined()
    expect(await stage.admin.exists(stage.keys.entry(KEY))).toBe(0)
    await endIntents()
    expect(await b.cache.getOrSet(KEY, answer('committed'), { tags })).toBe('committed')
    await until('it to be stored', () => stage.admin.exists(stage.keys.entry(KEY)))
    expect(b.cache.peek(KEY)).toBe('committed')
  })

  test('the end of one mutation does not end another of the same', async () => {
    const [a, b] = await stage.pair()
    const first = await begin(a, [a, b], targets)
    const second = await begin(b, [a, b], targets)
    await first.end()
    await a.cache.getOrSet(KEY, answer('during'), { tags })
    expect(a.cache.peek(KEY)).toBeUndefined()
    await second.end()
    await expectEverywhere(stage, [a, b], undefined)
  })
})

test('of a mutation whose writer dies, who is cut off from Redis keeps what was before for the bound', async () => {
  const [a, b] = await stage.pair({ ...BEATING, l2: { timeout: '200ms' } })
  await begin(a, [a, b])
  b.proxy.partition()
  expect(await b.cache.getOrSet(KEY, () => 'before the commit')).toBe('before the commit')
  expect(b.cache.peek(KEY)).toBe('before the commit')
  a.proxy.partition() // and here it commits, and is no more
  await b.proxy.heal()
  await until('it to end', () => b.cache.stats().coherence.isConfirmed && !b.cache.peek(KEY))
  expect(await b.cache.getOrSet(KEY, () => 'committed')).toBe('committed')
})

test('what is not mutated is kept while something is', async () => {
  const [a, b] = await stage.pair()
  const mutation = await begin(a, [a, b], { keys: ['other'], tags: ['other'] })
  expect(await b.cache.getOrSet(KEY, () => 'kept', { tags: [TAG] })).toBe('kept')
  await until('it to be kept here', () => b.cache.peek(KEY) === 'kept')
  await expectEverywhere(stage, [a, b], 'kept')
  await mutation.end()
  await expectEverywhere(stage, [a, b], 'kept')
})

test('what others set during a mutation is stored, and dropped at its end', async () => {
  const [a, b] = await stage.pair()
  const mutation = await begin(a, [a, b])
  await heardBy([a, b], () => b.cache.set(KEY, 'set by the other'))
  await expectEverywhere(stage, [a, b], 'set by the other')
  await mutation.end()
  await expectEverywhere(stage, [a, b], undefined)
})

test.each(['the intents', 'the numbering', 'everything'])(
  'when Redis loses %s meanwhile, what is loaded before the commit does not outlive the end',
  async (what) => {
    const [a, b] = await stage.pair({ coherence: { beat: '50ms', maxStaleness: '1h' } })
    await heardBy([a, b], () => a.cache.set(KEY, 'before'))
    const mutation = await begin(a, [a, b])
    if (what === 'the intents') await stage.admin.del(stage.keys.intents)
    else if (what === 'the numbering') await stage.admin.del(stage.keys.meta)
    else
      for (const key of await stage.admin.keys(`{${stage.namespace}:*`)) await stage.admin.del(key)
    await b.cache.getOrSet(KEY, () => 'before')
    await until('the load to be over', () => b.cache.stats().loads.underway === 0)
    await mutation.end()
    await until('b to have heard of it', () => b.cache.peek(KEY) === undefined)
    // Its fill is behind the caller, and refused while the instances find into the new numbering.
    await until('the newest value to be stored', async () => {
      expect(await b.cache.getOrSet(KEY, () => 'after')).toBe('after')
      const found = await a.cache.get(KEY)
      expect([undefined, 'after']).toContain(found)
      return found === 'after'
    })
    await expectEverywhere(stage, [a, b], 'after')
  },
)

test('what hangs on a tag that is mutated is mutated too', async () => {
  const [a, b] = await stage.pair({ tagDependencies: { all: [TAG] } })
  await heardBy([a, b], () => a.cache.set(KEY, 'before', { tags: [TAG] }))
  const mutation = await begin(a, [a, b], { tags: ['all'] })
  await b.cache.getOrSet(KEY, () => 'during', { tags: [TAG] })
  await until('the load to be over', () => b.cache.stats().loads.underway === 0)
  await expectEverywhere(stage, [a, b], undefined)
  await mutation.end()
})

test('close ends what is under way, and its intent', async () => {
  const [a, b] = await stage.pair()
  const running = new Deferred<void>()
  const mutating = a.cache.mutate({ keys: [KEY] }, async ({ signal }) => {
    running.resolve()
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  mutating.catch(() => {}) // looked at below
  await running.promise
  await heardBy([b], () => a.cache.close())
  await expect(mutating).rejects.toThrow()
  expect(await stage.admin.exists(stage.keys.intents)).toBe(0)
})

test('no more is mutated at once than each load can look through; what was given up is not counted', async () => {
  const { cache } = await stage.instance()
  const { intents } = stage.keys
  const members = Array.from({ length: 5_000 }, (_, i) => `token..........${i}`)
  const note = async (end: number): Promise<unknown> =>
    stage.admin.zadd(intents, ...members.flatMap((member) => [end, member]))
  await note(Date.now() + 600_000)
  const { messages } = cache.stats().coherence
  for (let i = 0; i < 6; i++) {
    const mutating = cache.mutate({ keys: [KEY] }, () => expect.unreachable())
    await expect(mutating).rejects.toThrow('TOOMANY keys and tags are being mutated')
  }
  expect(cache.stats().l2.state).toBe('closed')
  await until('all ends', () => cache.stats().coherence.messages === messages + 6)
  await note(1)
  expect(await cache.mutate({ keys: [KEY] }, () => 'done')).toBe('done')
  expect(await stage.admin.exists(intents)).toBe(0)
})

test('a target that is misspelt is an error, not a mutation of nothing', async () => {
  const { cache } = await stage.instance()
  const mutating = cache.mutate({ key: KEY } as never, () => expect.unreachable())
  await expect(mutating).rejects.toThrow('targets: unknown option "key"; known are keys, tags')
})

test('what the mutation answers or throws is the answer, and what it changed is invalidated', async () => {
  const [a, b] = await stage.pair()
  await heardBy([a, b], () => a.cache.set(KEY, 'old'))
  expect(await b.cache.get(KEY)).toBe('old')
  expect(await a.cache.mutate({ keys: [KEY] }, async () => 'answer')).toBe('answer')
  await expectEverywhere(stage, [a], undefined)
  const failing = a.cache.mutate({ keys: [KEY] }, () => Promise.reject(new Error('rolled back')))
  await expect(failing).rejects.toThrow('rolled back')
  expect(await stage.admin.exists(stage.keys.intents)).toBe(0)
})

test('a mutation whose intent Redis does not take is not run', async () => {
  const a = await stage.instance({ l2: { timeout: '200ms' } })
  a.proxy.partition()
  let isRun = false
  const mutating = a.cache.mutate({ keys: [KEY] }, () => {
    isRun = true
  })
  await expect(mutating).rejects.toMatchObject({ code: 'ERR_TIER' })
  expect(isRun).toBe(false)
})

test('with `whenAway: run` it is, and what it changed is invalidated when Redis is back', async () => {
  const [a, b] = await stage.pair({
    coherence: { beat: '100ms', maxStaleness: '1s' },
    l2: { timeout: '200ms' },
  })
  await heardBy([a, b], () => b.cache.set(KEY, 'old'))
  a.proxy.partition()
  const run = (): string => 'changed'
  expect(await a.cache.mutate({ keys: [KEY] }, run, { whenAway: 'run' })).toBe('changed')
  expect(a.cache.stats().coherence.outbox).toBeGreaterThan(0)
  await a.proxy.heal()
  await until('the outbox to be empty', () => a.cache.stats().coherence.outbox === 0)
  await until('the old value to be dropped', () => b.cache.peek(KEY) === undefined)
  await expectEverywhere(stage, [a, b], undefined)
})

describe.each<[string, MutateTargets]>([
  ['its key', { keys: [KEY] }],
  ['a tag of it', { tags: [TAG] }],
])('while %s is mutated', (_, targets) => {
  const options = { tags: [TAG] }

  test('an update waits: what it was computed from is not what the source has', async () => {
    const [a, b] = await stage.pair()
    await heardBy([a, b], () => a.cache.set(KEY, 'before', options))
    const mutation = await begin(a, [a, b], targets)
    const tried = new Deferred<void>()
    const updating = b.cache.update<string>(
      KEY,
      (value) => {
        tried.resolve()
        return `${value} and more`
      },
      options,
    )
    await tried.promise
    await expectEverywhere(stage, [a], undefined)
    await mutation.end()
    expect(await updating).toBe('undefined and more')
    await expectEverywhere(stage, [a, b], 'undefined and more')
  })

  test('an update that would have to wait too long ends with an error', async () => {
    const [a, b] = await stage.pair()
    const mutation = await begin(a, [a, b], targets)
    const updating = b.cache.update(KEY, () => 'more', { ...options, within: '200ms' })
    await expect(updating).rejects.toMatchObject({ code: 'ERR_UPDATE_TIMEOUT', key: KEY })
    await mutation.end()
    await expectEverywhere(stage, [a, b], undefined)
  })

  test('an increment waits too, and is not lost', async () => {
    const [a, b] = await stage.pair()
    const mutation = await begin(a, [a, b], targets)
    const counting = b.cache.increment(KEY, 1, options)
    await until('it to be tried', () => b.cache.stats().coherence.updateConflicts > 0)
    await mutation.end()
    expect(await counting).toBe(1)
    await expectEverywhere(stage, [a, b], 1)
  })

  test('what a writer wrote through to the source is not kept', async () => {
    const [a, b] = await stage.pair()
    const mutation = await begin(a, [a, b], targets)
    const writer = b.cache.writer({ name: 'db', ...options, write: () => {} })
    await writer.set(KEY, 'written before the commit')
    await expectEverywhere(stage, [a, b], undefined)
    await mutation.end()
  })
})
