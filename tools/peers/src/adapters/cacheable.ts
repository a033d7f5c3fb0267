import type { EventEmitter } from 'node:events'
import KeyvRedis, { createClient, createKeyvNonBlocking } from '@keyv/redis'
import { RedisMessageProvider } from '@qified/redis'
import { Cacheable, createKeyv } from 'cacheable'
import { Keyv } from 'keyv'
import type { Peer, Setup } from '../peer.ts'

const PACKAGES = ['cacheable', '@keyv/redis', 'keyv', '@qified/redis']

export const cacheable: Peer = {
  name: 'cacheable',
  packages: PACKAGES,
  setup:
    'L1, `@keyv/redis` as L2 and `sync` over Redis, as its README has them, with `useClone: false`',
  takesCommandTimeout: true,
  waitsForRedis: true,
  open: (setup) => open(setup, false),
}

export const cacheableNonBlocking: Peer = {
  name: 'cacheable-nb',
  packages: PACKAGES,
  setup:
    'the same with `nonBlocking: true` and `createKeyvNonBlocking`, which its README recommends against hangs',
  takesCommandTimeout: false,
  waitsForRedis: false,
  open: (setup) => open(setup, true),
}

async function open(setup: Setup, nonBlocking: boolean) {
  const { namespace, ttlMs, l1Entries = 10_000 } = setup
  const provider = new RedisMessageProvider({ uri: setup.url })
  // Without a listener of one's own, a connection that is lost ends the process: it has none.
  const { pub, sub } = provider as unknown as Record<'pub' | 'sub', EventEmitter>
  for (const client of [pub, sub]) client.on('error', () => {})
  const secondary = nonBlocking ? createKeyvNonBlocking(setup.url, { namespace }) : blocking(setup)
  secondary.on('error', () => {})
  const cache = new Cacheable({
    namespace,
    primary: createKeyv({ lruSize: l1Entries, useClone: false }),
    secondary,
    nonBlocking,
    sync: { qified: provider },
    ttl: ttlMs,
  })
  cache.on('error', () => {})
  return {
    getOrSet: (key: string, load: () => unknown) =>
      cache.getOrSet(key, async () => load(), { ttl: ttlMs }),
    set: (key: string, value: unknown) => cache.set(key, value, ttlMs),
    delete: (key: string) => cache.delete(key),
    close: async () => {
      await cache.disconnect()
      await provider.disconnect()
    },
  }
}

/** As `createKeyv` of `@keyv/redis` makes it, which has no place for the client's own options. */
function blocking({ url, namespace, commandTimeoutMs }: Setup): Keyv {
  const client = createClient({
    url,
    ...(commandTimeoutMs !== undefined && { commandOptions: { timeout: commandTimeoutMs } }),
  })
  return new Keyv({ store: new KeyvRedis(client, { namespace }), namespace, useKeyPrefix: false })
}
