import { describe, expect, test } from 'vitest'
import { type MemoryLink, MemoryRedis } from '../../test/support-unit/memory-redis.ts'
import { LruL1 } from '../memory/lru-l1.ts'
import { Shard } from '../shard.ts'
import { ManualClock, settled } from '../testing/manual-clock.ts'
import { View } from './view.ts'
import { Watch } from './watch.ts'

const BEAT = 1_000
const BOUND = 5_000
/** How long a message may be behind an answer. */
const GRACE = 100

interface Scene {
  readonly clock: ManualClock
  readonly redis: MemoryRedis
  readonly link: MemoryLink
  readonly view: View
  readonly shard: Shard
  readonly watch: Watch
  /** What the watch told, in order. */
  readonly told: string[]
  readonly flushes: { fail: boolean; isKeeping: boolean }
  /** Another instance invalidates. */
  readonly invalidate: (key?: string) => void
  /** How often Redis was asked for its number. */
  readonly hellos: () => number
}

/** A watch that has begun and follows the numbering. `chance` 0.5: beats come exactly in time. */
async function setUp(): Promise<Scene> {
  const clock = new ManualClock(10_000)
  clock.chance = 0.5
  const redis = new MemoryRedis(clock)
  const link = redis.link()
  const view = new View(BOUND)
  const shard = new Shard('test', 0, view, new LruL1(10, Infinity))
  const told: string[] = []
  const flushes = { fail: false, isKeeping: false }
  const watch = new Watch(
    shard,
    link.l2,
    clock,
    { beat: BEAT, healWindow: 10_000 },
    {
      flush: () => {
        redis.asked.push('flush')
        return flushes.fail ? Promise.reject(new Error('still away')) : Promise.resolve()
      },
      isKeeping: () => flushes.isKeeping,
      onAnswer: () => {},
      onSameServer: () => {},
      onOther: () => {},
      onRebase: () => void told.push('rebased'),
      onDataLoss: () => told.push('data loss'),
      onGap: () => told.push('gap'),
      onConfirmed: () => {},
      onDeaf: () => {
        told.push('deaf')
        link.reconnect()
      },
      onError: (error) => told.push((error as Error).message),
    },
  )
  link.start({
    onMessage: (_, message) => watch.onMessage(message),
    onSubscribed: () => {},
    onLost: () => {},
    onError: () => {},
  })
  watch.start()
  await settled()
  told.length = 0
  return {
    clock,
    redis,
    link,
    view,
    shard,
    watch,
    told,
    flushes,
    invalidate: (key = 'k') => {
      redis.change(
        { keys: new Map([[key, { kind: 'delete' }]]), tags: new Set(), clear: false },
        JSON.stringify([`k${key}`]),
      )
    },
    hellos: () => redis.asked.filter((name) => name === 'hello').length,
  }
}

describe('the beat', () => {
  test('follows the numbering from the start, trusted from when the question was asked', async () => {
    const { view, redis, clock } = await setUp()
    expect(view.matches(redis.meta)).toBe(true)
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(view.trustUntil).toBe(clock.now() + BOUND)
  })

  test('confirms again and again that nothing was missed', async () => {
    const { view, clock, hellos } = await setUp()
    await clock.advance(3 * BEAT)
    expect(hellos()).toBe(4)
    expect(view.trustUntil).toBe(clock.now() + BOUND)
  })

  test('comes up to a tenth early or late, so that instances do not ask together', async () => {
    const { clock, hellos } = await setUp()
    clock.chance = 0
    await clock.advance(BEAT) // this one was drawn before
    await clock.advance(899)
    expect(hellos()).toBe(2)
    await clock.advance(1)
    expect(hellos()).toBe(3)
    clock.chance = 0.999
    await clock.advance(900)
    expect(hellos()).toBe(4)
    await clock.advance(1_099)
    expect(hellos()).toBe(4)
    await clock.advance(1)
    expect(hellos()).toBe(5)
  })

  test('does not extend the trust while Redis is away, and goes on asking', async () => {
    const { view, clock, redis, told, hellos } = await setUp()
    const { trustUntil } = view
    redis.state = 'away'
    await clock.advance(3 * BEAT)
    expect(view.trustUntil).toBe(trustUntil)
    expect(told).toEqual(['not connected', 'not connected', 'not connected'])
    redis.state = 'well'
    await clock.advance(BEAT)
    expect(hellos()).toBe(5)
    expect(view.trustUntil).toBe(clock.now() + BOUND)
  })

  test('brings what was kept to Redis before it asks, and does not ask if that fails', async () => {
    const { clock, redis, flushes, told } = await setUp()
    redis.asked.length = 0
    await clock.advance(BEAT)
    expect(redis.asked).toEqual(['flush', 'hello'])
    flushes.fail = true
    await clock.advance(BEAT)
    expect(redis.asked).toEqual(['flush', 'hello', 'flush'])
    expect(told).toEqual(['still away'])
  })

  test('asks again when something was kept meanwhile: it has to be in Redis first', async () => {
    const { clock, redis, flushes, link, view } = await setUp()
    redis.asked.length = 0
    const { trustUntil } = view
    const hello = link.l2.hello.bind(link.l2)
    let asked = 0
    link.l2.hello = () => {
      flushes.isKeeping = ++asked === 1
      return hello()
    }
    await clock.advance(BEAT)
    expect(redis.asked).toEqual(['flush', 'hello', 'flush', 'hello'])
    expect(view.trustUntil).toBe(trustUntil + BEAT)
  })

  test('leaves no timer behind when it is stopped', async () => {
    const { clock, watch, link, redis, invalidate } = await setUp()
    link.isDeaf = true
    invalidate()
    watch.noticed(redis.meta)
    expect(clock.timers).toBe(2)
    watch.stop()
    expect(clock.timers).toBe(0)
    watch.noticed(redis.meta)
    await clock.advance(10 * BEAT)
    expect(clock.timers).toBe(0)
  })
})

describe('messages', () => {
  test('move the view on as they come', async () => {
    const { view, redis, invalidate, told } = await setUp()
    invalidate()
    invalidate()
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(told).toEqual([])
  })

  test('that are missing before one are fetched at once', async () => {
    const { view, redis, link, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate('lost')
    link.isDeaf = false
    invalidate('heard')
    expect(told).toEqual(['gap'])
    expect(view.remoteApplied()).toBe(redis.meta.seq - 2)
    await settled()
    expect(view.remoteApplied()).toBe(redis.meta.seq)
  })

  test('that come while the log is asked do not ask for it twice', async () => {
    const { redis, link, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate('lost')
    link.isDeaf = false
    invalidate()
    invalidate()
    await settled()
    expect(told).toEqual(['gap', 'gap'])
    expect(redis.asked.filter((name) => name === 'replay')).toHaveLength(1)
  })

  test('that were lost while the log was asked are asked for after it, and those heard are not', async () => {
    const { view, redis, link, invalidate, told } = await setUp()
    const replay = link.l2.replay.bind(link.l2)
    const answers: (() => void)[] = []
    link.l2.replay = async (...args) => {
      const reply = await replay(...args) // as it was when it was asked for
      await new Promise<void>((resolve) => answers.push(resolve))
      return reply
    }
    const lose = (): void => {
      link.isDeaf = true
      invalidate('lost')
      link.isDeaf = false
    }
    lose()
    invalidate('heard')
    await settled()
    invalidate('heard, and next after what is asked for')
    lose()
    invalidate('heard')
    answers.shift()?.()
    await settled()
    expect(view.remoteApplied()).toBe(redis.meta.seq - 2)
    answers.shift()?.()
    await settled()
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(answers).toEqual([])
    invalidate('next')
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(told).toEqual(['gap', 'gap', 'gap'])
  })

  test('that are heard while the log is asked follow on what it tells', async () => {
    const { view, redis, link, invalidate } = await setUp()
    const replay = link.l2.replay.bind(link.l2)
    let answer = (): void => {}
    link.l2.replay = async (...args) => {
      const reply = await replay(...args)
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return reply
    }
    link.isDeaf = true
    invalidate('lost')
    link.isDeaf = false
    invalidate('heard')
    await settled()
    invalidate('heard meanwhile')
    answer()
    await settled()
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(redis.asked.filter((name) => name === 'replay')).toHaveLength(1)
  })

  test('that a new numbering expects are not forgotten with those of the old one', async () => {
    const { view, clock, redis, link, watch, invalidate, told } = await setUp()
    await clock.advance(60)
    link.isDeaf = true
    invalidate('lost')
    watch.noticed(redis.meta)
    redis.failOver()
    link.isDeaf = true
    await watch.ask() // follows the new incarnation
    await clock.advance(GRACE / 2)
    invalidate('lost too')
    watch.noticed(redis.meta)
    await clock.advance(GRACE)
    expect(told.filter((what) => what === 'gap')).toHaveLength(1)
    expect(view.remoteApplied()).toBe(redis.meta.seq)
  })

  test('that are missing at the end are found by the beat, after a moment in which they may come', async () => {
    const { view, clock, redis, link, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate('lost')
    link.isDeaf = false
    const { trustUntil } = view
    await clock.advance(BEAT)
    expect(view.trustUntil).toBe(trustUntil) // asked, but not caught up with
    await clock.advance(GRACE - 1)
    expect(told).toEqual([])
    await clock.advance(1)
    expect(told).toEqual(['gap'])
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(view.trustUntil).toBe(trustUntil + BEAT) // from the question on, not from now
  })

  test('that come within that moment are no gap, and confirm from when the question was asked', async () => {
    const { view, clock, redis, link, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate('late')
    const { trustUntil } = view
    await clock.advance(BEAT + GRACE / 2)
    link.isDeaf = false
    link.deliver(redis.published.at(-1) as string)
    expect(view.trustUntil).toBe(trustUntil + BEAT)
    await clock.advance(GRACE)
    expect(told).toEqual([])
  })

  test('that the log does not have any more mean: anything may have been invalidated', async () => {
    const { view, clock, redis, link, invalidate } = await setUp()
    link.isDeaf = true
    for (let i = 0; i < 3; i++) invalidate()
    link.isDeaf = false
    redis.shard.trimLog(1)
    expect(view.minStamp).toBe(view.applied)
    await clock.advance(BEAT + GRACE)
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(view.minStamp).toBe(view.applied)
  })

  test('are looked for again by the next beat when the log could not be asked', async () => {
    const { view, clock, redis, link, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate('lost')
    link.isDeaf = false
    invalidate('heard')
    redis.state = 'away'
    await settled()
    redis.state = 'well'
    const replay = link.l2.replay.bind(link.l2)
    link.l2.replay = () => Promise.reject(new Error('replay failed'))
    await clock.advance(BEAT)
    link.l2.replay = replay
    expect(view.remoteApplied()).toBeLessThanOrEqual(redis.meta.seq)
    await clock.advance(BEAT + GRACE)
    expect(view.remoteApplied()).toBe(redis.meta.seq)
    expect(told[0]).toBe('gap')
  })
})

test('who can not tell the server takes each new connection for one to another', async () => {
  const { view, redis, watch, told, clock } = await setUp()
  await clock.advance(60) // the last question is longer ago than the pause
  watch.connected(true)
  expect(view.isKnown).toBe(false)
  await watch.known()
  expect(view.matches(redis.meta)).toBe(true)
  expect(told).toEqual(['rebased'])
  await clock.advance(BEAT)
  expect(told).toEqual(['rebased'])
})

describe('a message of another numbering', () => {
  test('means that nothing held is trusted, and is asked about once, however many there are', async () => {
    const { view, clock, redis, hellos, told } = await setUp()
    await clock.advance(60) // the last question is longer ago than the pause
    redis.flushAll()
    redis.shard.hello()
    const before = hellos()
    const { seq } = redis.meta
    for (let i = 1; i <= 100; i++) {
      redis.publish(`1 ${redis.meta.line} ${redis.meta.inc} ${seq + i} ["kk"]`)
    }
    expect(view.isKnown).toBe(false)
    await settled()
    expect(hellos()).toBe(before + 1)
    expect(view.matches(redis.meta)).toBe(true)
    expect(told).toEqual(['rebased'])
  })

  test('again and again is asked about only every 50 ms, so that a storm does not become one of ours', async () => {
    const { clock, redis, hellos, link } = await setUp()
    await clock.advance(60)
    const before = hellos()
    for (let ms = 0; ms < 500; ms++) {
      link.deliver(`1 foreign foreign ${ms} []`)
      await clock.advance(1)
    }
    expect(hellos() - before).toBeGreaterThan(5)
    expect(hellos() - before).toBeLessThanOrEqual(11)
    expect(redis.published).toEqual([])
  })

  test('that was left before is ignored: it says nothing about what is held now', async () => {
    const { view, clock, redis, link, told } = await setUp()
    await clock.advance(60)
    const old = redis.meta
    redis.flushAll()
    redis.shard.hello()
    link.deliver(`1 ${redis.meta.line} ${redis.meta.inc} ${redis.meta.seq} []`)
    await settled()
    const { applied } = view
    link.deliver(`1 ${old.line} ${old.inc} ${old.seq + 1} ["kk"]`)
    expect(view.applied).toBe(applied)
    expect(view.isKnown).toBe(true)
    expect(told).toEqual(['rebased'])
  })

  test.each([
    ['of another version', '2 line inc 5 {}'],
    ['of another program', 'hello'],
  ])('or %s means the same', async (_, message) => {
    const { view, clock, link, hellos } = await setUp()
    await clock.advance(60)
    const before = hellos()
    link.deliver(message)
    expect(view.isKnown).toBe(false)
    await settled()
    expect(view.isKnown).toBe(true)
    expect(hellos()).toBe(before + 1)
  })

  test('of our own, but with what can not be read, means the same and is told', async () => {
    const { view, redis, clock, link, told } = await setUp()
    await clock.advance(60)
    const { line, inc, seq } = redis.meta
    link.deliver(`1 ${line} ${inc} ${seq + 1} ["?"]`)
    expect(view.isKnown).toBe(false)
    expect(told).toEqual(['unknown item in an invalidation: ?'])
  })
})

describe('the numbers that come with any reply', () => {
  test('show a lost message before the next beat does', async () => {
    const { view, clock, redis, link, watch, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate('lost')
    watch.noticed(redis.meta)
    await clock.advance(GRACE)
    expect(told).toEqual(['gap'])
    expect(view.remoteApplied()).toBe(redis.meta.seq)
  })

  test('that rise while messages have their moment are looked at when it is over', async () => {
    const { view, clock, redis, link, watch, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate('late')
    watch.noticed(redis.meta)
    await clock.advance(GRACE / 2)
    invalidate('lost')
    watch.noticed(redis.meta)
    link.isDeaf = false
    link.deliver(redis.published.at(-2) as string)
    await clock.advance(GRACE / 2)
    expect(told).toEqual([])
    await clock.advance(GRACE)
    expect(told).toEqual(['gap'])
    expect(view.remoteApplied()).toBe(redis.meta.seq)
  })

  test('that are known already are no reason to ask', async () => {
    const { clock, redis, watch, told } = await setUp()
    watch.noticed(redis.meta)
    expect(clock.timers).toBe(1) // the beat alone
    expect(told).toEqual([])
  })

  test('of another numbering, or none, mean that nothing held is trusted', async () => {
    for (const foreign of [undefined, { line: 'l', inc: 'i', seq: 1, tseq: 1, clr: 1 }]) {
      const { view, watch } = await setUp()
      watch.noticed(foreign)
      expect(view.isKnown).toBe(false)
    }
  })

  test('of a numbering that was left say nothing', async () => {
    const { view, clock, redis, watch } = await setUp()
    const old = redis.meta
    redis.flushAll()
    await clock.advance(BEAT)
    expect(view.matches(redis.meta)).toBe(true)
    watch.noticed(old)
    expect(view.isKnown).toBe(true)
  })

  test('still show a lost message after the same numbering was left and found again', async () => {
    const { view, clock, redis, link, watch, invalidate, told } = await setUp()
    clock.suspend(60_000)
    await clock.advance(BEAT)
    expect(told).toEqual(['rebased'])
    link.isDeaf = true
    invalidate('lost')
    watch.noticed(redis.meta)
    await clock.advance(GRACE)
    expect(told).toEqual(['rebased', 'gap'])
    expect(view.remoteApplied()).toBe(redis.meta.seq)
  })

  test('say nothing before a numbering is followed', async () => {
    const { view, shard, watch, redis } = await setUp()
    shard.view.distrust()
    watch.noticed(redis.meta)
    expect(view.isKnown).toBe(false)
  })
})

describe('another server', () => {
  test('has a numbering of its own, told as such: it may have lost what was invalidated last', async () => {
    const { view, clock, redis, told } = await setUp()
    redis.failOver()
    const { applied } = view
    await clock.advance(BEAT)
    expect(told).toEqual(['rebased'])
    expect(view.minStamp).toBeGreaterThan(applied)
    expect(view.trustUntil).toBe(clock.now() + BOUND)
  })

  test('that is empty is told the same way, with a new line: it may have lost all there was', async () => {
    const { view, clock, redis, told } = await setUp()
    const { line } = view
    redis.flushAll()
    redis.failOver()
    await clock.advance(BEAT)
    expect(told).toEqual(['rebased'])
    expect(view.line).not.toBe(line)
  })

  test('is none when Redis is reached for the first time, however late', async () => {
    const clock = new ManualClock()
    const redis = new MemoryRedis(clock)
    redis.state = 'away'
    const told: string[] = []
    const shard = new Shard('test', 0, new View(BOUND), new LruL1(10, Infinity))
    const watch = new Watch(
      shard,
      redis.link().l2,
      clock,
      { beat: BEAT, healWindow: 10_000 },
      {
        flush: () => Promise.resolve(),
        isKeeping: () => false,
        onAnswer: () => {},
        onSameServer: () => {},
        onOther: () => {},
        onRebase: () => void told.push('rebased'),
        onDataLoss: () => told.push('data loss'),
        onGap: () => {},
        onConfirmed: () => {},
        onDeaf: () => {},
        onError: () => {},
      },
    )
    watch.start()
    await clock.advance(3 * BEAT)
    redis.state = 'well'
    await clock.advance(BEAT)
    expect(told).toEqual(['rebased'])
    watch.stop()
  })

  test('that answers the log means that there is nothing to catch up with', async () => {
    const { view, clock, redis, watch, link, invalidate } = await setUp()
    link.isDeaf = true
    invalidate('lost')
    watch.noticed(redis.meta)
    redis.flushAll()
    redis.shard.hello()
    await clock.advance(GRACE)
    expect(view.matches(redis.meta)).toBe(true)
    expect(view.remoteApplied()).toBe(redis.meta.seq)
  })
})

describe('a subscription that is deaf', () => {
  test('is made anew after two beats that found messages missing, and heard none', async () => {
    const { clock, link, invalidate, told } = await setUp()
    link.isDeaf = true
    invalidate()
    await clock.advance(BEAT + GRACE)
    invalidate()
    await clock.advance(BEAT)
    expect(told).toEqual(['gap', 'gap'])
    expect(link.resubscribed).toBe(0)
    await clock.advance(BEAT)
    expect(told).toEqual(['gap', 'gap', 'deaf'])
    expect(link.resubscribed).toBe(1)
    invalidate()
    await clock.advance(10 * BEAT)
    expect(told).toEqual(['gap', 'gap', 'deaf'])
  })

  test('that was made anew meanwhile, by another shard, has two beats again', async () => {
    const { clock, link, invalidate, watch } = await setUp()
    link.isDeaf = true
    invalidate()
    await clock.advance(BEAT + GRACE)
    watch.subscribed()
    invalidate()
    await clock.advance(BEAT)
    invalidate()
    await clock.advance(BEAT)
    expect(link.resubscribed).toBe(0)
    await clock.advance(BEAT)
    expect(link.resubscribed).toBe(1)
  })

  test('is found also when messages are rarer than beats', async () => {
    const { clock, link, invalidate } = await setUp()
    link.isDeaf = true
    for (let i = 0; i < 2; i++) {
      invalidate()
      await clock.advance(10 * BEAT)
    }
    expect(link.resubscribed).toBe(1)
  })

  test('is not taken for one while it brings anything at all', async () => {
    const scene = await setUp()
    for (let i = 0; i < 5; i++) {
      scene.link.isDeaf = true
      scene.invalidate('lost')
      scene.link.isDeaf = false
      scene.link.deliver(scene.redis.published[0] as string) // known already, but heard
      await scene.clock.advance(BEAT)
    }
    expect(scene.told).not.toContain('deaf')
  })

  test('is not taken for one when there is nothing to hear', async () => {
    const scene = await setUp()
    scene.link.isDeaf = true
    await scene.clock.advance(10 * BEAT)
    expect(scene.told).toEqual([])
  })
})

describe('a machine that was suspended', () => {
  test('trusts nothing it held: its monotonic clock stood still, and with it the bound', async () => {
    const { view, clock, told } = await setUp()
    const { minStamp } = view
    clock.suspend(2_001)
    await clock.advance(BEAT)
    expect(view.minStamp).toBeGreaterThan(minStamp)
    expect(told).toEqual(['rebased'])
    await clock.advance(BEAT)
    expect(told).toEqual(['rebased'])
  })

  test('is not taken for one when its wall clock is set by a little, or back', async () => {
    const { view, clock, told } = await setUp()
    const { minStamp } = view
    for (const ms of [2_000, -60_000, 1_999]) {
      clock.suspend(ms)
      await clock.advance(BEAT)
    }
    expect(view.minStamp).toBe(minStamp)
    expect(told).toEqual([])
  })
})

describe('who waits for a numbering', () => {
  test('goes on as soon as one is followed', async () => {
    const { view, clock, watch } = await setUp()
    view.distrust()
    let isKnown = false
    void watch.known().then(() => {
      isKnown = true
    })
    await clock.advance(50)
    expect(isKnown).toBe(true)
  })

  test('is told when Redis could not be asked', async () => {
    const { view, clock, watch, redis } = await setUp()
    view.distrust()
    redis.state = 'away'
    const known = watch.known().catch((error: Error) => error.message)
    await clock.advance(50)
    expect(await known).toBe('not connected')
  })
})

test("instants of Redis' clock are early on this one, never late", async () => {
  const { clock, watch, redis, link } = await setUp()
  expect(watch.localTime(redis.time + 500)).toBe(clock.now() + 500)
  const hello = link.l2.hello.bind(link.l2)
  link.l2.hello = async () => {
    await new Promise<void>((resolve) => clock.after(30, resolve)) // the way there
    const answer = await hello()
    await new Promise<void>((resolve) => clock.after(40, resolve)) // and back
    return answer
  }
  // The first question had no way to go, and told the offset best; slower ones hardly wear it down.
  await clock.advance(2 * BEAT)
  const worn = clock.now() + 500 - watch.localTime(redis.time + 500)
  expect(worn).toBeGreaterThan(0)
  expect(worn).toBeLessThan(5)
  // A clock that was set is followed at once, early by the way there.
  redis.setClockOn(3_600_000)
  await clock.advance(2 * BEAT)
  expect(watch.localTime(redis.time + 500)).toBe(clock.now() + 500 - 30)
})

test('who waits for a confirmation that does not come gives up after a second', async () => {
  const { clock, view, watch } = await setUp()
  view.confirm = () => {}
  view.trustUntil = -Infinity
  const waiting = watch.known(true)
  waiting.catch(() => {}) // looked at below
  await clock.advance(2 * BEAT)
  await expect(waiting).rejects.toThrow('not confirmed')
  watch.stop()
})
