import { expect, test } from 'vitest'
import { layeredLoader } from '../src/adapters/layered-loader.ts'
import { tiercel } from '../src/adapters/tiercel.ts'
import { Lab } from '../src/lab.ts'
import { reportOf } from '../src/report.ts'
import { paused } from '../src/scenarios/paused.ts'
import { slowLoad } from '../src/scenarios/slow-load.ts'
import { stampede } from '../src/scenarios/stampede.ts'

const lab = new Lab({ rounds: 2, ttlMs: 12_000, pauseMs: 2_500, say: () => {} })
const external = process.env.REDIS_URL !== undefined

test.skipIf(external)('a slow loader leaves no old value in any tier of Tiercel', async () => {
  const findings = await slowLoad.run([tiercel], lab)
  expect(findings).toHaveLength(2)
  expect(findings.filter(({ holds }) => holds !== true)).toEqual([])
})

test.skipIf(external)('a paused Redis hangs no call of Tiercel, which recovers', async () => {
  const findings = await paused.run([tiercel], lab)
  expect(findings).toHaveLength(4)
  expect(findings.filter(({ holds }) => holds !== true)).toEqual([])
})

test.skipIf(external)('peers are measured beside it, and their versions said', async () => {
  const peers = [tiercel, layeredLoader]
  const findings = await stampede.run(peers, lab)
  expect(findings.map(({ peer }) => peer)).toEqual(['tiercel', 'layered-loader'])
  for (const { rounds } of findings) expect(Math.min(...rounds)).toBeGreaterThan(0)
  const report = reportOf(findings, peers, { date: 'today', node: '1', redis: '2', cpu: 'one' })
  expect(report).toMatch(/\| Loads for 100 misses .*\| [✓✗] \d+ \/ \d+ \| [✓✗] \d+ \/ \d+ \|/)
  expect(report).toMatch(/layered-loader \d+\.\d+\.\d+, ioredis \d+\.\d+\.\d+/)
})
