import { between } from '../random.ts'
import type { Link } from '../topology/link.ts'
import type { Lane } from './lanes.ts'

/** What faults are done to, the servers apart. */
export interface World {
  /** By instance. */
  readonly links: readonly Link[]
  /** Kills an instance, and starts it anew after `pause`. */
  readonly replace: (instance: number, pause: () => Promise<void>) => Promise<void>
  /** Stops the process of an instance until `pause` has resolved. */
  readonly freeze: (instance: number, pause: () => Promise<void>) => Promise<void>
}

/** Instances that know nothing of each other for longer than the bound: what puts it to the test. */
export function linkLane({ links, freeze }: World): Lane {
  return {
    name: 'links',
    faults: {
      partition: async ({ instance, last }) => {
        links[instance]?.partition()
        await last()
        await links[instance]?.heal()
      },
      'hold-replies': async ({ instance, last }) => {
        links[instance]?.holdReplies()
        await last()
        links[instance]?.releaseReplies()
      },
      'pause-instance': async ({ instance, last }) => freeze(instance, last),
    },
    round: ['partition', 'partition', 'hold-replies', 'pause-instance'],
    away: ['partition', 'hold-replies', 'pause-instance'],
    pause: [150, 1_200],
    long: [0.5, 4],
  }
}

export function noiseLane({ links, replace }: World): Lane {
  return {
    name: 'noise',
    faults: {
      'cut-subscriptions': async () => {
        for (const link of links) link.cutSubscriptions()
      },
      'drop-messages': async ({ random, last }) => {
        const share = between(random, 0.05, 1)
        const ends = links.map((link) => link.dropMessages(share, { random }))
        await last()
        for (const end of ends) end()
      },
      'slow-connections': async ({ random, last }) => {
        for (const link of links) link.delay(between(random, 1, 60))
        await last()
        for (const link of links) link.delay(0)
      },
      /** Never one of the first half, whose memory is looked at over the whole run. */
      'kill-instance': async ({ instance, last }) => {
        const lasting = Math.ceil(links.length / 2)
        const mortal = links.length - lasting
        if (mortal > 0) await replace(lasting + (instance % mortal), last)
      },
    },
    round: ['cut-subscriptions', 'drop-messages', 'slow-connections', 'kill-instance'],
    away: ['kill-instance'],
    pause: [300, 2_500],
    long: [0.1, 1],
  }
}
