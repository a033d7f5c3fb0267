import type { AnyFault } from '../fault.ts'

/** What happens to a server that runs in a container. */
export const CONTAINERS: readonly AnyFault[] = [
  {
    name: 'container paused',
    on: 'docker',
    lasts: 'beyond the bound',
    noticedBy: ['breaker', 'trust over'],
    begin: async ({ redis }) => {
      await redis.pause()
      return () => redis.resume()
    },
  },
  {
    name: 'container killed, back without data',
    on: 'docker',
    lasts: 'a glitch',
    noticedBy: ['new numbering'],
    begin: async ({ redis }) => {
      await redis.kill()
      return () => redis.restart({ empty: true })
    },
  },
  {
    name: 'container restarted with its data',
    on: 'docker',
    lasts: 'a moment',
    noticedBy: ['new numbering'],
    begin: ({ redis }) => redis.restart(),
  },
]
