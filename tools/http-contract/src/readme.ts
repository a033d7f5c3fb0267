import { fileURLToPath } from 'node:url'
import { startRedis } from '@tiercel/dev-redis'
import { compileReadme, runSample } from '@tiercel/readme'
import { expect, test } from 'vitest'

/** The code in the README of the package that `testFile` is a test of compiles, runs, and is answered from the cache. */
export function readmeContract(
  testFile: string,
  options: Parameters<typeof compileReadme>[2] = {},
): void {
  const path = (relative: string): string => fileURLToPath(new URL(relative, testFile))
  test('the code in the README compiles and runs', async () => {
    await using redis = await startRedis()
    const samples = await compileReadme(path('../README.md'), path('..'), options)
    const said: string[] = []
    for (const sample of samples) {
      if (sample.isRun) said.push(await runSample(sample, { REDIS_URL: redis.url }))
    }
    expect(said[0]).toContain('Tiercel; hit')
  })
}
