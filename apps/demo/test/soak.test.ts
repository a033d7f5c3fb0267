import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/soak/main.ts', import.meta.url))
const LONGEST = 120_000

async function soak(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const child = spawn(process.execPath, ['--conditions=@tiercel/source', MAIN, ...args])
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const [stdout, stderr, [code]] = await ended
  return { stdout, stderr, code: code as number }
}

describe('a short soak', () => {
  // One server alone is what the tests of the demo run on.
  for (const topology of ['pair', 'sentinel', 'cluster']) {
    test(
      `on ${topology} finds nothing`,
      async () => {
        const args = ['--topology', topology, '--seconds', '4', '--seed', '11', '--no-record']
        const { stdout, stderr, code } = await soak(...args)
        expect(stdout).toContain('stale beyond 2000 ms       0\n')
        expect({ stderr, code }).toMatchObject({ code: 0 })
        expect(stdout).toMatch(/[\d,]+ reads in 1 runs, none against the cache/)
      },
      LONGEST,
    )
  }

  test(
    'of a cache without its time check finds reads beyond the bound',
    async () => {
      // It ends with the first such read. When that is depends on which faults meet which reads.
      const args = ['--seconds', '75', '--bound', '1s', '--seed', '2', '--break', 'bound']
      const ended = await soak(...args)
      expect(ended.stdout).toMatch(/Not coherent: .*reads staler than 1000 ms/)
      expect(ended.code).toBe(1)
    },
    LONGEST,
  )
})

test('a bad option ends the soak before it starts', async () => {
  const { stderr, stdout, code } = await soak('--seeds', 'many')
  expect(stderr).toContain('--seeds must be a whole number from 1 to 1000 (got "many")')
  expect([stdout, code]).toEqual(['', 2])
})

test('--help explains all options', async () => {
  const { stdout, code } = await soak('--help')
  for (const option of ['seconds', 'reads', 'seed', 'seeds', 'topology', 'bound', 'no-record']) {
    expect(stdout).toContain(`--${option}`)
  }
  expect(code).toBe(0)
})
