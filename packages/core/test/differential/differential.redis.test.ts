import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { assert, asyncProperty } from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Connection } from '../../src/redis/connect.ts'
import { ALL_SCRIPTS } from '../support/commands.ts'
import { until } from '../support/until.ts'
import { Pair } from './pair.ts'
import { RealShard } from './real-shard.ts'
import { type Step, sequences } from './steps.ts'
import { TwinShard } from './twin-shard.ts'

/** How many sequences are compared, and from which seed: CONTRIBUTING.md says how to run more. */
const SEQUENCES = Number(process.env['TIERCEL_SEQUENCES'] ?? 250)
const SEED = Number(process.env['TIERCEL_SEED'] ?? 1)

let redis: DevRedis
let client: Redis
let subscriber: Redis
let connection: Connection
const heard = new Map<string, string[]>()
let namespaces = 0
let doubtful = 0

beforeAll(async () => {
  redis = await startRedis()
  client = new Redis(redis.url)
  subscriber = new Redis(redis.url)
  connection = new Connection(client, { onConnected: () => {}, onError: () => {} })
  for (const lua of ALL_SCRIPTS) await client.script('LOAD', lua)
  await subscriber.psubscribe('{differential-*')
  subscriber.on('pmessage', (_, channel: string, message: string) => {
    heard.set(channel, [...(heard.get(channel) ?? []), message])
  })
})

afterAll(async () => {
  subscriber.disconnect()
  client.disconnect()
  await redis.stop()
})

test(
  `the twin answers as Redis does, and has afterwards what Redis has (seed ${SEED})`,
  { timeout: 60_000 + 200 * SEQUENCES },
  async () => {
    await assert(
      asyncProperty(sequences, async (steps) => {
        expect(await compare(steps)).toBeUndefined()
      }),
      { numRuns: SEQUENCES, seed: SEED },
    )
    // Where the machine stood still nothing was compared; that must not be how it passes.
    expect(doubtful).toBeLessThan(SEQUENCES / 2)
  },
)

/** Does the same to both. @returns what became different, and when */
async function compare(steps: readonly Step[]): Promise<string | undefined> {
  const namespace = `differential-${process.pid}-${namespaces++}`
  const isOurs = !redis.external
  const real = new RealShard(client, connection, namespace, isOurs)
  const twin = new TwinShard(namespace, isOurs)
  const pair = new Pair(real, twin)
  try {
    for (const [i, step] of steps.entries()) {
      const found = await pair.run(step)
      if (found !== undefined) return `step ${i + 1}: ${found}`
      if (pair.isDoubtful) {
        doubtful++
        return undefined
      }
    }
    const heardAll = (): boolean => heard.get(real.channel)?.at(-1) === 'end'
    await client.publish(real.channel, 'end')
    await until('the messages', heardAll)
    return pair.compareMessages(heard.get(real.channel)?.slice(0, -1) ?? [])
  } finally {
    heard.delete(real.channel)
    await real.flush()
  }
}
