import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Result } from '../src/report/result.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const LONGEST = 90_000

function start(...args: string[]) {
  const child = spawn(process.execPath, ['--conditions=@tiercel/source', MAIN, ...args])
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([stdout, stderr, [code]]) => ({ stdout, stderr, code: code as number }),
  )
  return { child, ended }
}

function resultIn(stdout: string): Result {
  return JSON.parse(stdout) as Result
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function expectNoneLeft({ processes }: Result): Promise<void> {
  expect(processes.length).toBeGreaterThanOrEqual(5)
  // Redis is ours to wait for no longer than the system takes to bury it.
  for (let i = 0; i < 20 && processes.some(({ pid }) => pid > 0 && isRunning(pid)); i++) {
    await delay(100)
  }
  expect(processes.filter(({ pid }) => pid > 0 && isRunning(pid))).toEqual([])
}

describe('a short run', () => {
  test(
    'is coherent, and leaves no process behind',
    async () => {
      const { ended } = start('--seconds', '5', '--seed', '7', '--instances', '3', '--json')
      const { stdout, stderr, code } = await ended
      expect(stderr).toContain('seed 7')
      const { verdict, tally, totals, lag, settled, ...result } = resultIn(stdout)
      expect(verdict).toMatchObject({ isCoherent: true })
      expect(code).toBe(0)
      expect(tally.reads).toBeGreaterThan(5_000)
      expect(tally.writes.key + tally.writes.tag).toBeGreaterThan(5)
      expect(totals.loads).toBeGreaterThan(0)
      expect(totals.l1).toBeGreaterThan(0)
      expect(totals.l2).toBeGreaterThan(0)
      expect(lag.count).toBeGreaterThan(0)
      expect(settled).toMatchObject({ current: 3 * 240, behind: 0, unconfirmed: 0 })
      await expectNoneLeft({ verdict, tally, totals, lag, settled, ...result })
    },
    LONGEST,
  )

  test(
    'is coherent under faults',
    async () => {
      const args = ['--seconds', '4', '--seed', '7', '--instances', '3', '--bound', '1s']
      const { stdout, code } = await start(...args, '--faults', '--json').ended
      const result = resultIn(stdout)
      expect(result.verdict).toMatchObject({ isCoherent: true })
      expect(code).toBe(0)
      expect(result.tally.reads).toBeGreaterThan(5_000)
      expect(result.totals.loads).toBeGreaterThan(0)
      expect(result.tally.writes.key).toBeGreaterThan(5)
      expect(Object.keys(result.faults).length).toBeGreaterThan(1)
      await expectNoneLeft(result)
    },
    LONGEST,
  )

  test(
    'that is interrupted says what it has seen, and leaves no process behind',
    async () => {
      const { child, ended } = start('--seconds', '60', '--json', '--faults')
      await once(child.stderr, 'data')
      await delay(1_500)
      child.kill('SIGINT')
      const { stdout, code } = await ended
      const result = resultIn(stdout)
      expect(result.isInterrupted).toBe(true)
      expect(code).toBe(130)
      await expectNoneLeft(result)
    },
    LONGEST,
  )
})

test('a bad option ends the demo before it starts', async () => {
  const { stderr, stdout, code } = await start('--instances', 'many').ended
  expect(stderr).toContain('--instances must be a whole number from 1 to 16 (got "many")')
  expect([stdout, code]).toEqual(['', 2])
})

test('--help explains all options', async () => {
  const { stdout, code } = await start('--help').ended
  for (const option of [
    'topology',
    'instances',
    'seconds',
    'seed',
    'faults',
    'bound',
    'json',
    'help',
  ]) {
    expect(stdout).toContain(`--${option}`)
  }
  expect(code).toBe(0)
})
