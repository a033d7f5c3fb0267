import { expect, test } from 'vitest'
import { ManualStage } from '../../test/support-unit/manual-stage.ts'
import { settled } from '../testing/manual-clock.ts'

const stage = new ManualStage()
const TARGETS = { keys: ['k'] }

test('the signal of a mutation is aborted when its time is over', async () => {
  const { cache } = await stage.instance()
  let signal: AbortSignal | undefined
  const mutating = cache.mutate(
    TARGETS,
    (context) => {
      ;({ signal } = context)
      return new Promise<never>((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal?.reason as Error)),
      )
    },
    { timeout: '2s' },
  )
  mutating.catch(() => {}) // looked at below
  await settled()
  await stage.clock.advance(1_999)
  expect(signal?.aborted).toBe(false)
  await stage.clock.advance(1)
  await expect(mutating).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(cache.stats().coherence.lateMutations).toBe(0)
})

test('one that goes on until its intent has ended is counted', async () => {
  const { cache } = await stage.instance()
  let end!: () => void
  const run = (): Promise<void> => new Promise((resolve) => (end = resolve))
  for (const [ms, late] of [
    [7_000, 0],
    [7_001, 1],
  ] as const) {
    const mutating = cache.mutate(TARGETS, run, { timeout: '2s' })
    await settled()
    await stage.clock.advance(ms)
    end()
    await mutating
    expect(cache.stats().coherence.lateMutations).toBe(late)
  }
})

test('while the breaker is open it says that nothing was done, and at once', async () => {
  const { cache } = await stage.instance()
  stage.redis.state = 'away'
  for (let i = 0; i < 5; i++) await cache.get(`open the breaker ${i}`)
  expect(cache.stats().l2.state).toBe('open')
  const mutating = cache.mutate(TARGETS, () => expect.unreachable())
  await expect(mutating).rejects.toThrow('nothing was changed')
})
