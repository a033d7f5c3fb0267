import { fileURLToPath } from 'node:url'
import { startRedis } from '@tiercel/dev-redis'
import { compileReadme, runSample } from '@tiercel/readme'
import { expect, test } from 'vitest'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

test('the code in the README compiles and runs', async () => {
  await using redis = await startRedis()
  const samples = await compileReadme(path('../README.md'), path('..'), { hasDecorators: true })
  expect(samples).not.toEqual([])
  for (const sample of samples) {
    if (!sample.isRun) continue
    const said = await runSample(sample, { REDIS_URL: redis.url })
    expect(said).toContain('Tiercel; hit')
  }
})
