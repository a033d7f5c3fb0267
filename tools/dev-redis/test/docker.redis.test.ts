import { expect, test } from 'vitest'
import { startDocker, whyNoDocker } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'

const why = await whyNoDocker(() => {})
if (why !== undefined) process.stderr.write(`[redis] no test of Docker here: ${why}\n`)

test.skipIf(why !== undefined)(
  'a container can be paused, killed and restarted, and keeps its port',
  async () => {
    await using redis = await startDocker()
    const { port } = redis
    const get = async (): Promise<string> => String(await ask(redis, ['GET', 'a']))
    expect(redis).toMatchObject({ external: false, pid: undefined })
    expect(redis.version).toMatch(/^\d+\.\d+/)
    await ask(redis, ['SET', 'a', '1'])

    await redis.pause()
    await expect(ask(redis, ['PING'], 300)).rejects.toThrow('gave no answer')
    await redis.resume()
    expect(await get()).toBe('1')

    await redis.restart()
    expect(await get()).toBe('1')

    await redis.pause()
    await redis.kill()
    await expect(ask(redis, ['PING'], 300)).rejects.toThrow()
    await redis.restart()
    expect(await get()).toBe('null')

    await ask(redis, ['SET', 'a', '2'])
    await redis.restart({ empty: true, args: ['--maxmemory', '4mb'] })
    expect(await get()).toBe('null')
    expect(String(await ask(redis, ['CONFIG', 'GET', 'maxmemory']))).toBe('maxmemory,4194304')
    expect(redis.port).toBe(port)
  },
  120_000,
)

test.skipIf(why !== undefined)('a stopped container is gone', async () => {
  const redis = await startDocker()
  await redis.stop()
  await expect(ask(redis, ['PING'], 300)).rejects.toThrow()
})
