import { cutOff } from './connection.ts'
import { type Instance, IS_OURS, type Stage } from './stage.ts'

/** A way for Redis to be away, for some instances, and the way back. */
export interface Outage {
  readonly name: string
  readonly begin: (stage: Stage, instances: readonly Instance[]) => Promise<void>
  readonly end: (stage: Stage, instances: readonly Instance[]) => Promise<void>
}

const OF_THE_SERVER: readonly Outage[] = [
  {
    name: 'killed',
    begin: (stage) => stage.redis.kill(),
    end: (stage) => stage.redis.restart({ empty: true }),
  },
  {
    name: 'paused',
    begin: (stage) => stage.redis.pause(),
    end: (stage) => stage.redis.resume(),
  },
]

const OF_THE_WAY: readonly Outage[] = [
  {
    name: 'refusing connections',
    begin: async (_, instances) => {
      for (const instance of instances) await cutOff(instance)
    },
    end: async (_, instances) => {
      for (const { proxy } of instances) await proxy.refuse(false)
    },
  },
  {
    name: 'cut off without a word',
    begin: async (_, instances) => {
      for (const { proxy } of instances) proxy.partition()
    },
    end: async (_, instances) => {
      for (const { proxy } of instances) await proxy.heal()
    },
  },
]

export const OUTAGES: readonly Outage[] = IS_OURS ? [...OF_THE_SERVER, ...OF_THE_WAY] : OF_THE_WAY
