import type { AnyFault } from '../fault.ts'

const BLOCKED = 3_000

/** What the instances themselves go through. It is always the first. */
export const PROCESSES: readonly AnyFault[] = [
  {
    name: 'instance paused (SIGSTOP)',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    begin: ({ instances: [instance] }) => {
      instance?.stop()
      return () => instance?.resume()
    },
  },
  {
    name: 'event loop blocked for 3 s',
    on: 'standalone',
    lasts: 'beyond the bound',
    concerns: [0],
    begin: ({ instances: [instance] }) => instance?.tell({ type: 'block', ms: BLOCKED }),
  },
  {
    name: 'instance killed in a load',
    on: 'standalone',
    lasts: 'a glitch',
    begin: async ({ instances: [instance], replace }) => {
      instance?.tell({ type: 'die', when: 'loading' })
      await instance?.ended()
      return () => replace(0)
    },
  },
  {
    name: 'writer killed between commit and invalidation',
    on: 'standalone',
    lasts: 'a glitch',
    isUntilTtl: true,
    begin: async ({ instances: [instance], replace }) => {
      instance?.tell({ type: 'die', when: 'committed' })
      await instance?.ended()
      return () => replace(0)
    },
  },
]
