import { expect } from 'vitest'
import { KEY } from './overtakings.ts'
import type { Instance, Stage } from './stage.ts'

/** Every tier of every instance, and one that never saw the key, has `value` for `KEY` and no other. */
export async function expectEverywhere(
  stage: Stage,
  instances: readonly Instance[],
  value: unknown,
): Promise<void> {
  for (const { cache } of instances) expect([undefined, value]).toContain(cache.peek(KEY))
  for (const { cache } of instances) expect(await cache.get(KEY)).toBe(value)
  const newcomer = await stage.instance()
  expect(await newcomer.cache.get(KEY)).toBe(value)
  for (const { cache } of instances) {
    expect((await cache.getMany([KEY])).get(KEY)).toBe(value)
    expect([undefined, value]).toContain(cache.peek(KEY))
  }
}
