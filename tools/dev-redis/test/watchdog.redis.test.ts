import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ask } from '../src/resp/ask.ts'
import { eventually } from '../src/index.ts'

const PROGRAM = fileURLToPath(new URL('keeps-redis.ts', import.meta.url))

interface Kept {
  readonly child: ChildProcess
  readonly exit: Promise<unknown[]>
  readonly port: number
  readonly folder: string
}

/** Runs the program in a process group of its own, as a terminal does. */
async function keepRedis(end: string): Promise<Kept> {
  const child = spawn(process.execPath, [PROGRAM, end], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, REDIS_URL: '' },
  })
  const exit = once(child, 'exit')
  const [line]: unknown[] = await once(createInterface({ input: child.stdout }), 'line')
  const { port, folder }: { port: number; folder: string } = JSON.parse(String(line))
  return { child, exit, port, folder }
}

async function expectNothingLeft({ port, folder }: Kept): Promise<void> {
  await eventually('the server to be gone', () =>
    ask({ host: '127.0.0.1', port }, ['PING'], 200).then(
      () => false,
      (error: unknown) => String(error).includes('ECONNREFUSED'),
    ),
  )
  await eventually('its folder to be gone', () => !existsSync(folder))
}

test.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a process ended by %s leaves no server, and ends as it would without one',
  async (signal) => {
    const kept = await keepRedis('wait')
    kept.child.kill(signal)
    expect(await kept.exit).toEqual([null, signal])
    await expectNothingLeft(kept)
  },
)

test('a group ended by Ctrl-C leaves no server', async () => {
  const kept = await keepRedis('wait')
  process.kill(-(kept.child.pid ?? Number.NaN), 'SIGINT')
  expect(await kept.exit).toEqual([null, 'SIGINT'])
  await expectNothingLeft(kept)
})

test('a process that is done ends, with code 0, and leaves no server', async () => {
  const kept = await keepRedis('return')
  expect(await kept.exit).toEqual([0, null])
  await expectNothingLeft(kept)
})

test('a process that fails leaves no server', async () => {
  const kept = await keepRedis('throw')
  expect(await kept.exit).toEqual([1, null])
  await expectNothingLeft(kept)
})

test('a paused server ends with the process too', async () => {
  const kept = await keepRedis('paused')
  kept.child.kill('SIGKILL')
  await kept.exit
  await expectNothingLeft(kept)
})

test('the folder of a server that was killed before goes with the process', async () => {
  const kept = await keepRedis('killed')
  kept.child.kill('SIGKILL')
  await kept.exit
  await expectNothingLeft(kept)
})
