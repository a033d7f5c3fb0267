import type { DevRedis, Proxy } from '@tiercel/dev-redis'
import type { Random } from '../random.ts'
import { between } from '../random.ts'

/** What faults are done to. */
export interface World {
  readonly redis: DevRedis
  /** By instance. */
  readonly proxies: readonly Proxy[]
  /** Kills an instance, and starts it anew after `pause`. */
  readonly replace: (instance: number, pause: () => Promise<void>) => Promise<void>
}

/** One fault: when, how long and to whom is the schedule's affair. */
export interface Fault {
  readonly random: Random
  /** The instance that it concerns, if it concerns one. */
  readonly instance: number
  /** Resolves when it has lasted long enough. */
  readonly last: () => Promise<void>
}

type Do = (world: World, fault: Fault) => Promise<void>

/** What is done, and taken back, by its kind. */
export const FAULTS = {
  'pause-redis': async ({ redis }, { last }) => {
    await redis.pause()
    await last()
    await redis.resume()
  },
  /** With its data, as another process: what was acknowledged is there, and the caches can't know. */
  'restart-redis': async ({ redis }) => redis.restart(),
  /** And without its data. */
  'kill-redis': async ({ redis }, { last }) => {
    await redis.kill()
    await last()
    await redis.restart({ empty: true })
  },
  partition: async ({ proxies }, { instance, last }) => {
    proxies[instance]?.partition()
    await last()
    await proxies[instance]?.heal()
  },
  'hold-replies': async ({ proxies }, { instance, last }) => {
    proxies[instance]?.hold('down')
    await last()
    proxies[instance]?.release('down')
  },
  'cut-subscriptions': async ({ proxies }) => {
    for (const proxy of proxies) proxy.subscribers().cut()
  },
  'drop-messages': async ({ proxies }, { random, last }) => {
    const share = between(random, 0.05, 1)
    const ends = proxies.map((proxy) => proxy.dropMessages(share, { random }))
    await last()
    for (const end of ends) end()
  },
  'slow-connections': async ({ proxies }, { random, last }) => {
    for (const proxy of proxies) proxy.delay(between(random, 1, 60))
    await last()
    for (const proxy of proxies) proxy.delay(0)
  },
  'kill-instance': async ({ replace }, { instance, last }) => replace(instance, last),
} as const satisfies Record<string, Do>

export type FaultKind = keyof typeof FAULTS
