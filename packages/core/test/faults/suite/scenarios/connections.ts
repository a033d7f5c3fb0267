import type { Proxy } from '@tiercel/dev-redis'
import type { AnyFault } from '../fault.ts'
import type { Instance } from '../instance.ts'

const SLOWEST = 60
const CHANGES_EVERY = 20

/** What networks do. Instance 0 is the one that is cut off alone. */
export const CONNECTIONS: readonly AnyFault[] = [
  {
    name: 'none',
    on: 'standalone',
    lasts: 'a glitch',
    begin: () => {},
  },
  {
    name: 'all connections killed',
    on: 'standalone',
    lasts: 'a moment',
    noticedBy: ['connection lost'],
    begin: ({ proxies }) => {
      for (const proxy of proxies) proxy.cut()
    },
  },
  {
    name: 'subscriptions killed',
    on: 'standalone',
    lasts: 'a moment',
    noticedBy: ['connection lost'],
    begin: ({ proxies }) => {
      for (const proxy of proxies) proxy.subscribers().cut()
    },
  },
  {
    name: 'stalled on the way to Redis',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    noticedBy: ['breaker', 'trust over'],
    noticedWithin: 'the bound',
    begin: ({ proxies: [proxy] }) => {
      proxy?.hold('up')
      return () => proxy?.release('up')
    },
  },
  {
    name: 'stalled on the way back',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    noticedBy: ['breaker', 'trust over'],
    noticedWithin: 'the bound',
    begin: ({ proxies: [proxy] }) => {
      proxy?.hold('down')
      return () => proxy?.release('down')
    },
  },
  {
    name: 'subscription stalled',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    noticedBy: ['gap'],
    noticedWithin: 'a beat',
    begin: ({ proxies: [proxy], instances }) => {
      const subscribers = proxy?.subscribers()
      subscribers?.hold('down')
      return async () => {
        await messageOfEach(instances)
        subscribers?.release('down')
      }
    },
  },
  {
    name: 'delayed by 0 to 60 ms',
    on: 'standalone',
    lasts: 'beyond the bound',
    begin: ({ proxies }) => {
      const change = (): void => {
        for (const proxy of proxies) proxy.delay(1 + Math.random() * (SLOWEST - 1))
      }
      change()
      const timer = setInterval(change, CHANGES_EVERY)
      return () => {
        clearInterval(timer)
        for (const proxy of proxies) proxy.delay(0)
      }
    },
  },
  {
    name: 'subscription half-open',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    noticedBy: ['gap'],
    noticedWithin: 'a beat',
    begin: ({ proxies: [proxy], instances }) => {
      // It is never told: its sockets stay open, and the beats have to find out.
      proxy?.subscribers().drop('down')
      return () => messageOfEach(instances)
    },
  },
  {
    name: 'commands half-open',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    noticedBy: ['breaker', 'trust over'],
    noticedWithin: 'the bound',
    begin: ({ proxies: [proxy] }) => {
      proxy?.commands().drop('down')
    },
  },
  {
    name: 'cut off without a word',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    noticedBy: ['trust over'],
    noticedWithin: 'the bound',
    begin: ({ proxies: [proxy] }) => {
      proxy?.partition()
      return () => proxy?.heal()
    },
  },
  {
    name: 'messages lost',
    on: 'standalone',
    lasts: 'a glitch',
    noticedBy: ['gap'],
    noticedWithin: 'a beat',
    begin: ({ proxies, instances }) => {
      const ends = proxies.map((proxy) => proxy.dropMessages(1))
      return async () => {
        await messageOfEach(instances)
        for (const end of ends) end()
      }
    },
  },
  {
    name: 'messages repeated and late',
    on: 'standalone',
    lasts: 'a glitch',
    begin: ({ proxies }: { readonly proxies: readonly Proxy[] }) => {
      const ends = proxies.map((proxy) => proxy.duplicateMessages(0.5))
      const held = proxies.map((proxy) => proxy.holdMessages())
      const timer = setInterval(() => held.forEach((one) => one.release()), SLOWEST)
      return () => {
        clearInterval(timer)
        for (const one of held) one.end()
        for (const end of ends) end()
      }
    },
  },
]

/** So that there is one to be missed, however slow the machine. */
export async function messageOfEach(instances: readonly Instance[]): Promise<void> {
  await Promise.all(instances.map((one) => one.ask({ type: 'burst', count: 1 }, 'burst')))
}
