import { setTimeout as pause } from 'node:timers/promises'
import { ask, type DevRedis } from '@tiercel/dev-redis'
import type { AnyFault } from '../fault.ts'

/** Bytes of one key that is none of ours, and how many such keys make the memory full. */
const BALLAST = 2_000
const BALLAST_KEYS = 300
const PRESS_EVERY = 50

/** What a server goes through. */
export const SERVER: readonly AnyFault[] = [
  {
    name: 'maxmemory, allkeys-random',
    on: 'standalone',
    lasts: 'beyond the bound',
    begin: async ({ redis }) => {
      await load(redis)
      const info = String(await ask(redis, ['INFO', 'memory']))
      const used = Number(/used_memory:(\d+)/.exec(info)?.[1])
      const limit = used - (BALLAST * BALLAST_KEYS) / 4
      await ask(redis, ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random', 'maxmemory', limit])
      // As others' keys come, ours go: entries, fences, records, the log and the meta.
      const timer = setInterval(() => void load(redis, 20).catch(() => {}), PRESS_EVERY)
      return async () => {
        clearInterval(timer)
        await ask(redis, ['CONFIG', 'SET', 'maxmemory', 0, 'maxmemory-policy', 'noeviction'])
      }
    },
  },
  {
    name: 'maxmemory, noeviction',
    on: 'standalone',
    lasts: 'beyond the bound',
    begin: async ({ redis }) => {
      await ask(redis, ['CONFIG', 'SET', 'maxmemory', 1])
      return async () => void (await ask(redis, ['CONFIG', 'SET', 'maxmemory', 0]))
    },
  },
  {
    name: 'Redis paused (SIGSTOP)',
    on: 'standalone',
    lasts: 'beyond the bound',
    noticedBy: ['breaker', 'trust over'],
    begin: async ({ redis }) => {
      await redis.pause()
      return () => redis.resume()
    },
  },
  {
    name: 'Redis asleep (DEBUG SLEEP)',
    on: 'standalone',
    lasts: 'a moment',
    noticedBy: ['breaker', 'trust over'],
    begin: async ({ redis, bound }) => {
      const seconds = (bound * 1.5) / 1_000
      await ask(redis, ['DEBUG', 'SLEEP', seconds], bound * 10)
    },
  },
  {
    name: 'Redis restarted with its data',
    on: 'standalone',
    lasts: 'a moment',
    noticedBy: ['new numbering'],
    begin: ({ redis }) => redis.restart(),
  },
  {
    name: 'Redis killed, back without data',
    on: 'standalone',
    lasts: 'a glitch',
    noticedBy: ['new numbering'],
    begin: async ({ redis }) => {
      await redis.kill()
      return () => redis.restart({ empty: true })
    },
  },
  {
    name: 'Redis killed, back with older data',
    on: 'standalone',
    lasts: 'a glitch',
    losesData: true,
    noticedBy: ['new numbering'],
    begin: async ({ redis, bound }) => {
      await ask(redis, ['SAVE'])
      await pause(bound / 4)
      await redis.kill()
      return () => redis.restart()
    },
  },
]

async function load(redis: DevRedis, count = BALLAST_KEYS): Promise<void> {
  const pairs = Array.from({ length: count }, () => [
    `ballast:${Math.floor(Math.random() * BALLAST_KEYS)}`,
    'x'.repeat(BALLAST),
  ])
  await ask(redis, ['MSET', ...pairs.flat()])
}
