import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startCluster, startSentinel } from '@tiercel/dev-redis'
import { expect, test } from 'vitest'
import { ClosedError } from '../src/index.ts'
import type { ClosingConfig } from './support/closing-process.ts'
import { Deferred } from './support/deferred.ts'
import { HeldLoader } from './support/held-loader.ts'
import { Stage } from './support/stage.ts'
import { settled } from './support/until.ts'

const stage = new Stage()

test('a process whose caches are closed has nothing left, and ends by itself', async () => {
  await using cluster = await startCluster()
  await using sentinel = await startSentinel({ replicas: 1 })
  const config: ClosingConfig = {
    url: stage.redis.url,
    nodes: cluster.startNodes,
    watched: {
      sentinels: sentinel.sentinels.map(({ host, port }) => ({ host, port })),
      name: sentinel.name,
    },
  }
  const file = fileURLToPath(new URL('support/closing-process.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--conditions=@tiercel/source', '--no-warnings', file, JSON.stringify(config)],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  try {
    const [code] = (await settled('the process', once(child, 'close'))) as [number | null]
    expect({ code, said }).toEqual({ code: 0, said: '' })
  } finally {
    child.kill('SIGKILL')
  }
})

test('close waits for a load under way, and aborts its signal', async () => {
  const { cache } = await stage.instance()
  const begun = new Deferred<AbortSignal>()
  const loader = new HeldLoader()
  const reading = cache.getOrSet('k', ({ signal }) => {
    begun.resolve(signal)
    return loader.load()
  })
  const signal = await begun.promise
  const closing = cache.close()
  expect(signal.aborted).toBe(true)
  loader.answer('loaded')
  expect(await reading).toBe('loaded')
  await closing
})

test('a closed cache rejects every call with a ClosedError', async () => {
  const { cache } = await stage.instance()
  await cache.set('k', 'value')
  await cache.close()
  expect(cache.peek('k')).toBeUndefined()
  for (const call of [
    () => cache.get('k'),
    () => cache.getOrSet('k', () => 1),
    () => cache.getMany(['k']),
    () => cache.set('k', 1),
    () => cache.delete('k'),
    () => cache.invalidateTags(['t']),
    () => cache.clear(),
    () => cache.ready(),
  ]) {
    await expect(call()).rejects.toBeInstanceOf(ClosedError)
  }
})
