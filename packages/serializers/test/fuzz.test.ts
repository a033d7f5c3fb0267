import { expect, it } from 'vitest'
import { fuzzBatch } from '../fuzz/batch.ts'
import { makeTargets } from '../fuzz/targets.ts'

it('reads or refuses mutated bytes, and does nothing worse', () => {
  const targets = makeTargets()
  for (const seed of [1, 2, 3, 4]) {
    const { read, refused } = fuzzBatch(targets, seed, 2500)
    expect(read).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(1000)
  }
})
