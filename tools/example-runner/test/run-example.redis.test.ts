import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { RunningExample } from '../src/testing.ts'

const run = promisify(execFile)
const FIXTURE = new URL('fixture/main.ts', import.meta.url)
const COMMAND = new URL('../src/main.ts', import.meta.url)

/** Runs a file to its end; a code other than 0 is part of the answer, not an error. */
async function toEnd(file: URL, ...args: string[]) {
  const command = ['--conditions=@tiercel/source', fileURLToPath(file), ...args]
  return run(process.execPath, command).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

test('an example makes its tour, and ends with its instances', async () => {
  const { code, stdout } = await toEnd(FIXTURE, '--once')
  expect(stdout).toMatch(/^A \| about to listen$/m)
  expect(stdout).toMatch(/^ {2}A {2}GET \/here +200 {2}hit +[\d.]+ ms {2}\{"INSTANCE":"A"/m)
  expect(stdout).toMatch(/^A ended \(SIGKILL\), and is started again$/m)
  expect(stdout).toMatch(/^ {2}A {2}GET \/again +200/m)
  expect(stdout).toMatch(/^ {2}B {2}PUT \/there +200/m)
  expect(code).toBe(0)
})

test('an instance that dies comes back on its port, and SIGTERM ends all', async () => {
  const example = await RunningExample.start(FIXTURE, '--no-tour')
  expect(example.output).not.toContain('The tour.')
  const [url, pid] = [example.url('A'), example.pid('A')]
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(example.pid('A')).not.toBe(pid), { timeout: 20_000 })
  expect(example.url('A')).toBe(url)
  const { DATABASE_FILE, REDIS_URL } = (await (await fetch(url)).json()) as Record<string, string>
  expect([DATABASE_FILE, REDIS_URL]).toEqual([
    expect.stringContaining('data.db'),
    expect.stringMatching(/^redis:/),
  ])
  expect(await example.stop()).toEqual({ code: 0, left: [] })
})

test('an example can be ended before it listens', async () => {
  const command = ['--conditions=@tiercel/source', fileURLToPath(FIXTURE)]
  const example = spawn(process.execPath, command)
  await once(example.stdout, 'data')
  example.kill('SIGTERM')
  expect(await once(example, 'exit')).toEqual([0, null])
})

test('an example that is killed leaves no process', async () => {
  const example = await RunningExample.start(FIXTURE, '--no-tour')
  expect(await example.stop('SIGKILL')).toMatchObject({ left: [] })
})

test('a bad option is named, and nothing is started', async () => {
  for (const args of [['--port', 'many'], ['--prot', '1'], ['tour']]) {
    const { code, stdout, stderr } = await toEnd(FIXTURE, ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(args[0])
  }
})

test('the command lists the examples, also for one that there is not', async () => {
  expect(await toEnd(COMMAND, '--', '--help')).toMatchObject({ code: 0, stderr: '' })
  const { code, stdout, stderr } = await toEnd(COMMAND, 'nothing')
  expect([code, stderr]).toEqual([2, 'there is no example "nothing"\n'])
  expect(stdout).toMatch(/^ {2}express-postgres +Express and PostgreSQL/m)
  const help = await toEnd(COMMAND, 'express-postgres', '--help')
  expect(help.stdout).toContain('npm run example -- express-postgres')
})
