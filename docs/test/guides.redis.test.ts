import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { compileReadme, runSample } from '@tiercel/readme'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GUIDES } from '../.vitepress/guides.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))
const written = readdirSync(`${folder}/guide`).filter((file) => file.endsWith('.md'))

let redis: DevRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

test.each(written)(
  'the code in guide/%s compiles and runs',
  { timeout: 300_000 },
  async (guide) => {
    const samples = await compileReadme(`${folder}/guide/${guide}`, folder)
    expect(samples).not.toEqual([])
    for (const sample of samples) {
      if (sample.isRun) await runSample(sample, { REDIS_URL: redis.url })
    }
  },
)

test('every guide is in the sidebar, and the sidebar has no others', () => {
  expect(GUIDES.map(([file]) => `${file}.md`).toSorted()).toEqual(written.toSorted())
})
