import { describe, expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import type { Cache } from '../cache.ts'
import { decodeInvalidation, parseMessage } from '../bus.ts'
import { settled } from '../testing/manual-clock.ts'
import type { Change, KeyChange } from '../tiers.ts'
import type { Originator } from './originate.ts'

const BEAT = 1_000
const SET: KeyChange = { kind: 'set', ttl: 1e6, grace: 0, tags: [], frame: Buffer.alloc(20) }
const stage = new ManualStage()

function drop(...keys: string[]): Change {
  return {
    keys: new Map(keys.map((key) => [key, { kind: 'delete' }])),
    tags: new Set(),
    clear: false,
  }
}

async function originator(): Promise<Originator> {
  const { engine } = await stage.instance()
  stage.redis.asked.length = 0
  return engine.shards[0]!.originator
}

/** What each message said, in order. */
function told(): string[] {
  return stage.redis.published.map((raw) => {
    const { keys, tags, clear } = decodeInvalidation(parseMessage(raw)!.payload)
    return [...keys, ...tags.map((tag) => `#${tag}`), ...(clear ? ['*'] : [])].join(' ')
  })
}

describe('while Redis answers', () => {
  test('one script is under way, and what comes meanwhile goes together with the next', async () => {
    const own = await originator()
    const commits = ['a', 'b', 'c', 'd'].map((key) => own.commit(drop(key)))
    const committed = await Promise.all(commits)
    expect(told()).toEqual(['a', 'b c d'])
    expect(committed.map(({ isShared }) => isShared)).toEqual([true, true, true, true])
    expect(new Set(committed.map(({ seq }) => seq)).size).toBe(2)
  })

  test('what may not be in one script goes with another, in the order in which it was asked for', async () => {
    const own = await originator()
    const set: Change = { ...drop(), keys: new Map([['k', SET]]) }
    const tag: Change = { ...drop(), tags: new Set(['t']) }
    await Promise.all([
      own.commit(drop('first')),
      own.commit(set),
      own.commit(tag),
      own.commit(set),
    ])
    expect(told()).toEqual(['first', 'k', 'k #t'])
  })

  test('however many batches there are, the replicas are waited for twice, not once for each', async () => {
    const { engine } = await stage.instance()
    const { originator: own, shared } = engine.shards[0]!
    let waits = 0
    const replicated = (): Promise<boolean> => {
      waits++
      return new Promise((resolve) => stage.clock.after(1_000, () => resolve(waits === 2)))
    }
    Object.assign(shared!.l2, { replicated })
    const set: Change = { ...drop(), keys: new Map([['k', SET]]) }
    const tag: Change = { ...drop(), tags: new Set(['t']) }
    const commits = Array.from({ length: 20 }, (_, i) => own.commit(i % 2 === 0 ? set : tag))
    await stage.clock.advance(2_000)
    expect(told()).toHaveLength(11)
    const committed = await Promise.all(commits)
    expect(committed.map(({ isReplicated }) => isReplicated).indexOf(true)).toBe(1)
    expect(waits).toBe(2)
  })

  test('more tags than one script takes go in several', async () => {
    const own = await originator()
    const tags = new Set(Array.from({ length: 1_200 }, (_, i) => `t${i}`))
    const committed = await own.commit({ keys: new Map([['k', SET]]), tags, clear: false })
    expect(committed).toMatchObject({ isShared: true })
    expect(told().map((names) => names.split(' ').length)).toEqual([501, 500, 200])
    expect(new Set(told().flatMap((names) => names.split(' '))).size).toBe(1_201)
  })

  test('of such parts one that could not be brought makes all of them kept', async () => {
    const { engine, link } = await stage.instance()
    const own = engine.shards[0]!.originator
    const tags = new Set(Array.from({ length: 1_200 }, (_, i) => `t${i}`))
    const change = link.l2.change.bind(link.l2)
    let changes = 0
    link.l2.change = (...args) =>
      ++changes === 2 ? Promise.reject(new Error('away')) : change(...args)
    expect(await own.commit({ ...drop(), tags })).toMatchObject({ isShared: false })
    expect(own.kept).toBe(700)
  })

  test('a change has its number here as soon as Redis has it', async () => {
    const { engine } = await stage.instance()
    const shard = engine.shards[0]!
    const { seq } = await shard.originator.commit(drop('k'))
    expect(seq).toBe(shard.view.applied)
    expect(shard.view.remoteApplied()).toBe(stage.redis.meta.seq)
  })

  test('its answer is as good as its message, which need not come', async () => {
    const { engine, link } = await stage.instance({ coherence: { beat: BEAT } })
    const { originator: own, view } = engine.shards[0]!
    link.isDeaf = true
    const { seq } = await own.commit(drop('k'))
    expect(view.applied).toBe(seq)
    await stage.clock.advance(5 * BEAT)
    expect(engine.context.counters.gaps).toBe(0)
    expect(link.resubscribed).toBe(0)
  })

  test('but not for the messages of others before it, which are looked for', async () => {
    const { engine, link } = await stage.instance({ coherence: { beat: BEAT } })
    const { originator: own, view } = engine.shards[0]!
    link.isDeaf = true
    stage.redis.change(drop('of others'), '["kof others"]')
    const { applied } = view
    const { seq } = await own.commit(drop('k'))
    expect([view.applied, seq]).toEqual([applied, applied + 2])
    await stage.clock.advance(BEAT)
    expect(engine.context.counters.gaps).toBe(1)
    expect(view.applied).toBe(seq)
  })

  test('nor over a connection that has not said yet who answers there', async () => {
    const { engine, link } = await stage.instance({ coherence: { beat: BEAT } })
    const { originator: own, shared, view } = engine.shards[0]!
    await own.commit(drop('first'))
    link.isDeaf = true
    shared!.watch.connected(false)
    const { applied } = view
    const { seq } = await own.commit(drop('k'))
    expect([view.applied, seq]).toEqual([applied, applied + 1])
  })

  test('a change under another numbering has no number here: nothing may be installed with it', async () => {
    const { engine } = await stage.instance()
    stage.redis.flushAll()
    const { seq, isShared } = await engine.shards[0]!.originator.commit(drop('k'))
    expect([seq, isShared]).toEqual([undefined, true])
  })
})

describe('while Redis is away', () => {
  test('a change is true here, kept, and said to be so; the numbering is not followed', async () => {
    const { engine } = await stage.instance()
    const { view, originator: own } = engine.shards[0]!
    stage.redis.state = 'away'
    const committed = await own.commit(drop('k'))
    expect(committed).toMatchObject({ isShared: false, error: { code: 'ERR_TIER' } })
    expect(committed.seq).toBe(view.applied)
    expect(own.kept).toBe(1)
    expect(view.isKnown).toBe(false)
  })

  test('what waits behind a change that failed is kept unsent: it would only fail too', async () => {
    const own = await originator()
    stage.redis.state = 'away'
    const commits = await Promise.all(['a', 'b', 'c'].map((key) => own.commit(drop(key))))
    expect(commits.every(({ isShared }) => !isShared)).toBe(true)
    await own.commit(drop('d'))
    expect(stage.redis.asked).toEqual(['change'])
    expect(own.kept).toBe(4)
  })

  test('nobody waits once the breaker is open', async () => {
    const { engine } = await stage.instance()
    const { originator: own, shared } = engine.shards[0]!
    stage.redis.state = 'away'
    for (let i = 0; i < 5; i++) await shared!.l2.read([], []).catch(() => {})
    stage.redis.asked.length = 0
    expect(await own.commit(drop('k'))).toMatchObject({
      isShared: false,
      error: { message: 'l2 change: Redis is away; kept until it is back' },
    })
    expect(stage.redis.asked).toEqual([])
  })

  test('nothing is read from L2, though it would answer', async () => {
    const { cache, link } = await stage.instance()
    await cache.set('k', 'old')
    const change = link.l2.change.bind(link.l2)
    link.l2.change = () => Promise.reject(new Error('away'))
    await cache.delete('k')
    stage.redis.asked.length = 0
    const reading = cache.get('k')
    await stage.clock.advance(BEAT)
    expect(await reading).toBeUndefined()
    expect(stage.redis.asked).not.toContain('read')
    link.l2.change = change
    await stage.clock.advance(2 * BEAT)
    expect(stage.redis.stored('k')).toBeUndefined()
  })

  test('an announcement that failed takes no number that another change will have', async () => {
    const { cache, engine, link } = await stage.instance()
    const { originator: own, view } = engine.shards[0]!
    const other = await originator()
    await cache.set('k', 'old')
    const change = link.l2.change.bind(link.l2)
    link.l2.change = () => Promise.reject(new Error('away'))
    await expect(own.announce('x*')).rejects.toThrow('away')
    link.l2.change = change
    await stage.clock.advance(2 * BEAT)
    expect(view.isKnown).toBe(true)
    expect(await cache.get('k')).toBe('old')
    await other.commit(drop('k'))
    expect(cache.peek('k')).toBeUndefined()
  })

  test('more than 10,000 changes are kept as one clear', async () => {
    const own = await originator()
    stage.redis.state = 'away'
    for (let i = 0; i <= 10_000; i++) await own.commit(drop(`k${i}`))
    expect(own.kept).toBe(1)
    stage.redis.state = 'well'
    await stage.clock.advance(2 * BEAT)
    expect(told()).toEqual(['*'])
  })
})

describe('when Redis is back', () => {
  test('what was kept goes first, and only then is the numbering followed again', async () => {
    const { engine } = await stage.instance()
    const { view, originator: own } = engine.shards[0]!
    stage.redis.state = 'away'
    await own.commit(drop('a', 'b'))
    await own.commit({ keys: new Map([['c', SET]]), tags: new Set(['t']), clear: false })
    stage.redis.state = 'well'
    stage.redis.asked.length = 0
    await stage.clock.advance(2 * BEAT)
    expect(stage.redis.asked.slice(0, 2)).toEqual(['change', 'hello'])
    expect(told()).toEqual(['a b c #t'])
    expect(stage.redis.stored('c')).toBeUndefined() // its value may be older than another's
    expect(own.kept).toBe(0)
    expect(view.isKnown).toBe(true)
  })

  test('much of it goes in portions, and what could not be brought is kept still', async () => {
    const { engine, link } = await stage.instance()
    const { view, originator: own } = engine.shards[0]!
    stage.redis.state = 'away'
    await own.commit(drop(...Array.from({ length: 1_200 }, (_, i) => `k${i}`)))
    stage.redis.state = 'well'
    const change = link.l2.change.bind(link.l2)
    let changes = 0
    link.l2.change = (...args) =>
      ++changes === 2 ? Promise.reject(new Error('away again')) : change(...args)
    await stage.clock.advance(1.5 * BEAT)
    expect(own.kept).toBe(700)
    expect(view.isKnown).toBe(false)
    await stage.clock.advance(BEAT)
    expect(own.kept).toBe(0)
    expect(view.isKnown).toBe(true)
    const keys = told().flatMap((names) => names.split(' '))
    expect(keys).toHaveLength(1_200)
    expect(new Set(keys).size).toBe(1_200)
  })

  test('a change that comes while it goes follows it, so that steady writes do not keep Redis away', async () => {
    const own = await originator()
    stage.redis.state = 'away'
    await own.commit(drop('kept'))
    stage.redis.state = 'well'
    const flushing = own.flush()
    const { isShared } = await own.commit(drop('meanwhile'))
    expect(isShared).toBe(true)
    await flushing
    await settled()
    expect(told()).toEqual(['kept', 'meanwhile'])
    expect(own.kept).toBe(0)
  })
})

describe('after a fail-over', () => {
  test('own changes of the last while are sent again: the new server may have lost them', async () => {
    const { cache, engine } = await stage.instance()
    const own = engine.shards[0]!.originator
    await own.commit(drop('too old'))
    await stage.clock.advance(9_000)
    await own.commit({ keys: new Map([['set', SET]]), tags: new Set(['t']), clear: false })
    await own.commit(drop('dropped'))
    await stage.clock.advance(2_000)
    stage.redis.published.length = 0
    stage.redis.failOver()
    await stage.clock.advance(BEAT)
    expect(told()).toEqual(['set dropped #t'])
    expect(cache.stats().coherence).toMatchObject({ healed: 3, rebases: 2 })
  })

  test('also by who was cut off for longer than that while since', async () => {
    const { cache, engine } = await stage.instance()
    await engine.shards[0]!.originator.commit(drop('lost'))
    await stage.clock.advance(BEAT)
    stage.redis.published.length = 0
    stage.redis.state = 'away'
    stage.redis.failOver()
    await stage.clock.advance(60_000)
    stage.redis.state = 'well'
    await stage.clock.advance(2 * BEAT)
    expect(told()).toEqual(['lost'])
    expect(cache.stats().coherence.healed).toBe(1)
  })

  test('and nothing is read from it before it has them', async () => {
    const { cache, link } = await stage.instance()
    await cache.set('k', 'old')
    const past = stage.redis.copy()
    await cache.delete('k')
    const change = link.l2.change.bind(link.l2)
    link.l2.change = () => Promise.reject(new Error('cut off again'))
    stage.redis.failOver(past)
    const reading = cache.get('k')
    await stage.clock.advance(2 * BEAT)
    expect(await reading).toBeUndefined()
    expect(cache.stats().coherence).toMatchObject({ healed: 1, outbox: 1, isConfirmed: false })
    link.l2.change = change
    await stage.clock.advance(2 * BEAT)
    expect(await cache.get('k')).toBeUndefined()
    expect(cache.stats().coherence).toMatchObject({ healed: 1, outbox: 0, isConfirmed: true })
  })

  test('and nothing is read over a new connection before its server has said who it is', async () => {
    const { cache, link } = await stage.instance()
    await cache.set('k', 'old')
    const past = stage.redis.copy()
    await cache.delete('k')
    await stage.clock.advance(60) // no question is under way, or waits for its turn
    const hello = link.l2.hello.bind(link.l2)
    link.l2.hello = () =>
      new Promise((resolve) => void stage.clock.after(100, () => resolve(hello())))
    stage.redis.failOver(past)
    const reading = cache.get('k')
    await stage.clock.advance(BEAT)
    expect(await reading).toBeUndefined()
    link.l2.hello = hello
  })

  test('to a server that changes with every answer, the question is given up and asked again', async () => {
    const { cache, engine, link } = await stage.instance()
    await cache.delete('k')
    const hello = link.l2.hello.bind(link.l2)
    link.l2.hello = () => {
      stage.redis.failOverUnheard(stage.redis.copy())
      return hello()
    }
    const [asked] = await Promise.allSettled([
      engine.shards[0]!.shared!.watch.ask(),
      stage.clock.advance(60), // the pause between two questions
    ])
    expect(asked).toMatchObject({ reason: { message: expect.stringContaining('faster than') } })
    link.l2.hello = hello
    await stage.clock.advance(2 * BEAT)
    expect(cache.stats().coherence.isConfirmed).toBe(true)
  })

  test('a number that was given before does not speak for what is held', async () => {
    const { cache } = await stage.instance()
    const past = stage.redis.copy()
    await cache.set('k', 'old', { tags: ['t'] })
    stage.redis.failOverUnheard(past)
    await cache.invalidateTags(['t'])
    expect(cache.peek('k')).toBeUndefined()
  })

  test('more than one script takes go in several', async () => {
    const { engine } = await stage.instance()
    const own = engine.shards[0]!.originator
    for (let i = 0; i < 4; i++) {
      await own.commit(drop(...Array.from({ length: 400 }, (_, j) => `k${i}-${j}`)))
    }
    stage.redis.published.length = 0
    stage.redis.failOver()
    await stage.clock.advance(BEAT)
    const sizes = told().map((names) => names.split(' ').length)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1_600)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
  })

  test('nothing is sent again by who only left the numbering for a while', async () => {
    const { cache, engine } = await stage.instance()
    await engine.shards[0]!.originator.commit(drop('k'))
    stage.redis.published.length = 0
    stage.clock.suspend(60_000)
    await stage.clock.advance(BEAT)
    expect(told()).toEqual([])
    expect(cache.stats().coherence).toMatchObject({ healed: 0, rebases: 2 })
  })
})

describe('a server that lacks more than is sent again', () => {
  /** Its data are as they were `ago` ms ago. */
  async function fallBack(ago: number, onDataLoss: 'clear' | 'ignore'): Promise<Cache> {
    const { cache } = await stage.instance({ coherence: { onDataLoss } })
    await cache.delete('k')
    const past = stage.redis.copy()
    await stage.clock.advance(BEAT)
    await cache.delete('lost')
    await stage.clock.advance(ago)
    stage.redis.published.length = 0
    stage.redis.failOver(past)
    await stage.clock.advance(BEAT)
    return cache
  }

  test('is cleared, since nobody knows what it brought back', async () => {
    const cache = await fallBack(30_000, 'clear')
    expect(told()).toEqual(['*'])
    expect(cache.stats().coherence.dataLosses).toBe(1)
  })

  test('is cleared also if it was before, by others: they may not have seen what was lost since', async () => {
    const { cache } = await stage.instance()
    const fork = stage.redis.copy()
    stage.redis.shard.change({ keys: new Map(), tags: new Set(), clear: true }, '*')
    const deposed = stage.redis.copy()
    stage.redis.failOver(fork)
    await stage.clock.advance(30_000)
    await cache.delete('k')
    await cache.delete('lost')
    await stage.clock.advance(30_000)
    stage.redis.published.length = 0
    stage.redis.failOver(deposed)
    await stage.clock.advance(BEAT)
    expect(told()).toEqual(['*'])
    expect(cache.stats().coherence.dataLosses).toBe(1)
  })

  test('is left as it is, if that is asked for', async () => {
    const cache = await fallBack(30_000, 'ignore')
    expect(told()).toEqual([])
    expect(cache.stats().coherence.dataLosses).toBe(1)
  })

  test('is told from one that lacks only what is sent again', async () => {
    const cache = await fallBack(2_000, 'clear')
    expect(told()).toEqual(['k lost'])
    expect(cache.stats().coherence.dataLosses).toBe(0)
  })
})

describe('with a batch window', () => {
  test('changes gather for its time, and go together', async () => {
    const { engine } = await stage.instance({ coherence: { batchWindow: '10ms' } })
    const own = engine.shards[0]!.originator
    const commits = [own.commit(drop('a'))]
    await stage.clock.advance(9)
    commits.push(own.commit(drop('b')), own.commit(drop('c')))
    expect(told()).toEqual([])
    await stage.clock.advance(1)
    await Promise.all(commits)
    expect(told()).toEqual(['a b c'])
  })
})

describe('with durability', () => {
  test('a change says whether the replicas have it; one that can not be told has not', async () => {
    const { engine, link } = await stage.instance()
    const own = engine.shards[0]!.originator
    const answers = [true, false, new Error('away')]
    Object.assign(engine.shards[0]!.shared!.l2, {
      replicated: async () => {
        const answer = answers.shift()
        if (answer instanceof Error) throw answer
        return answer
      },
    })
    expect(await own.commit(drop('a'))).toMatchObject({ isShared: true, isReplicated: true })
    expect(await own.commit(drop('b'))).toMatchObject({ isShared: true, isReplicated: false })
    expect(await own.commit(drop('c'))).toMatchObject({ isShared: true, isReplicated: false })
    expect(link.isClosed).toBe(false)
  })
})

describe('what is to be done again', () => {
  test('is, after its delay', async () => {
    const { cache } = await stage.instance()
    await cache.delete('k', { again: '2s' })
    await cache.invalidateTags(['t'], { again: '2s' })
    expect(told()).toEqual(['k', '#t'])
    await stage.clock.advance(2_000)
    expect(told()).toEqual(['k', '#t', 'k', '#t'])
  })

  test('is done when the cache is closed', async () => {
    const { cache } = await stage.instance()
    await cache.delete('k', { again: '1h' })
    await cache.close()
    expect(told()).toEqual(['k', 'k'])
  })

  test('needs a delay that ends', async () => {
    const { cache } = await stage.instance()
    await expect(cache.delete('k', { again: Infinity })).rejects.toThrow(/again must be finite/)
    expect(told()).toEqual([])
  })
})

test('without Redis a change is applied here, under a number of this process', async () => {
  const { Engine } = await import('../engine.ts')
  const { resolveOptions } = await import('../settings.ts')
  const engine = new Engine(resolveOptions({ namespace: 'test' }), () => undefined, stage.clock)
  const { view, originator: own } = engine.shards[0]!
  const { applied } = view
  expect(await own.commit(drop('k'))).toEqual({ seq: applied + 1, isShared: true })
  expect(own.kept).toBe(0)
})
