import { ask, type DevRedis } from '@tiercel/dev-redis'
import { ShardKeys } from '../../../../src/redis/keys.ts'
import { messageOfEach } from './connections.ts'
import type { AnyFault, Common, Fault } from '../fault.ts'

const AGAIN_EVERY = 10
/** Keys that are told in one message: more bytes than a connection's fixed buffer holds. */
const BURST = 500

/** What may get lost in Redis, and what makes Redis lose subscribers. */
export const BOOKKEEPING: readonly AnyFault[] = [
  {
    name: 'FLUSHALL',
    on: 'standalone',
    lasts: 'a moment',
    noticedBy: ['new numbering'],
    begin: async ({ redis }) => void (await ask(redis, ['FLUSHALL'])),
  },
  {
    name: 'meta deleted',
    on: 'standalone',
    lasts: 'a moment',
    noticedBy: ['new numbering'],
    begin: async ({ redis, namespace }) => void (await ask(redis, ['DEL', keysOf(namespace).meta])),
  },
  {
    name: 'log deleted',
    on: 'standalone',
    lasts: 'a glitch',
    begin: ({ redis, namespace }) => again(redis, () => [keysOf(namespace).log]),
  },
  family('fences', (keys) => keys.fence('*')),
  family('leases', (keys) => keys.lease('*')),
  family('tag records', (keys) => keys.tag('*')),
  family('entries', (keys) => keys.entry('*')),
  {
    name: 'log deleted while messages are lost',
    on: 'standalone',
    lasts: 'a glitch',
    noticedBy: ['gap'],
    noticedWithin: 'a beat',
    begin: ({ redis, namespace, proxies, instances }) => {
      const ends = proxies.map((proxy) => proxy.dropMessages(1))
      const end = again(redis, () => [keysOf(namespace).log])
      return async () => {
        await messageOfEach(instances)
        end()
        for (const stop of ends) stop()
      }
    },
  },
  {
    name: 'CLIENT KILL TYPE pubsub',
    on: 'standalone',
    lasts: 'a moment',
    noticedBy: ['connection lost'],
    begin: async ({ redis }) => void (await ask(redis, ['CLIENT', 'KILL', 'TYPE', 'pubsub'])),
  },
  {
    name: 'SCRIPT FLUSH',
    on: 'standalone',
    lasts: 'a glitch',
    begin: ({ redis }) => {
      const timer = setInterval(
        () => void ask(redis, ['SCRIPT', 'FLUSH']).catch(() => {}),
        AGAIN_EVERY,
      )
      return () => clearInterval(timer)
    },
  },
  {
    name: 'output buffer of subscribers full',
    on: 'standalone',
    lasts: 'a glitch',
    noticedBy: ['connection lost'],
    begin: async ({ redis, instances }) => {
      await ask(redis, ['CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 1 0 0'])
      instances[0]?.tell({ type: 'burst', count: BURST })
      return async () => {
        const usual = 'pubsub 33554432 8388608 60'
        await ask(redis, ['CONFIG', 'SET', 'client-output-buffer-limit', usual])
      }
    },
  },
]

function keysOf(namespace: string): ShardKeys {
  return new ShardKeys(namespace, 1, 0)
}

/** Deletes all keys of a family, over and over: some live for milliseconds. */
function family(name: string, pattern: (keys: ShardKeys) => string): Fault<'standalone'> {
  return {
    name: `${name} deleted`,
    on: 'standalone',
    lasts: 'a glitch',
    begin: ({ redis, namespace }: { redis: DevRedis } & Common) =>
      again(redis, async () => {
        const found = await ask(redis, ['KEYS', pattern(keysOf(namespace))])
        return Array.isArray(found) ? found.map(String) : []
      }),
  }
}

function again(redis: DevRedis, names: () => string[] | Promise<string[]>): () => void {
  const timer = setInterval(() => void forget().catch(() => {}), AGAIN_EVERY)
  async function forget(): Promise<void> {
    const found = await names()
    if (found.length > 0) await ask(redis, ['DEL', ...found])
  }
  return () => clearInterval(timer)
}
