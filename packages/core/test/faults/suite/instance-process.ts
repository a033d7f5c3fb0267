/** One instance as a process of its own: orders come as messages, and so does what it tells. */
import { subscribe } from 'node:diagnostics_channel'
import { type BusRecord, CHANNELS, createCache, type TierRecord } from '../../../src/index.ts'
import {
  type InstanceConfig,
  type News,
  now,
  type Order,
  type Signal,
  type State,
} from './orders.ts'
import { SourceClient } from './source-client.ts'
import { Driver } from './traffic.ts'

const SAMPLE_EVERY = 10

const { redis, namespace, bound, beat, timeout } = JSON.parse(
  process.argv[2] as string,
) as InstanceConfig
const cache = createCache({
  namespace,
  redis,
  coherence: { maxStaleness: bound, beat },
  l2: { timeout },
  defaults: { jitter: 0 },
})
const source = new SourceClient(tell)
let driver: Driver | undefined
let state: State | undefined
let hasKept = false

function tell(news: News): void {
  if (process.connected) process.send?.(news, undefined, undefined, () => {})
}

function signal(what: Signal): void {
  tell({ type: 'signal', signal: what, at: now() })
}

subscribe(CHANNELS.bus, (record) => {
  const { state: bus } = record as BusRecord
  if (bus === 'lost') signal('connection lost')
  else if (bus === 'gap') signal('gap')
  else if (bus === 'rebased') signal('new numbering')
})
subscribe(CHANNELS.tier, (record) => {
  const { state: tier } = record as TierRecord
  if (tier === 'open') signal('breaker')
  else if (tier === 'error') signal('errors')
})

function sample(): void {
  const at = now()
  const { coherence, l2 } = cache.stats()
  const seen = {
    isTrusting: coherence.isConfirmed,
    usesRedis: l2.state === 'closed',
    kept: coherence.outbox,
  }
  if (hasKept && seen.kept === 0) tell({ type: 'brought', at })
  hasKept = seen.kept > 0
  const isSame =
    state?.isTrusting === seen.isTrusting &&
    state.usesRedis === seen.usesRedis &&
    state.kept > 0 === hasKept
  if (isSame) return
  if (state?.isTrusting === true && !seen.isTrusting) signal('trust over')
  state = seen
  tell({ type: 'state', state: seen, at })
}

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case 'begin':
      driver = new Driver(order.traffic, cache, source, tell)
      break
    case 'quieten':
      await driver?.quieten()
      tell({ type: 'quiet' })
      break
    case 'end':
      driver?.end()
      if (driver !== undefined) tell({ type: 'ended', counts: driver.counts })
      break
    case 'verify':
      tell({ type: 'verified', versions: (await driver?.verify()) ?? [] })
      break
    case 'block':
      for (const end = now() + order.ms; now() < end;);
      break
    case 'die':
      if (order.when === 'loading') source.diesOnLoad = true
      else if (driver !== undefined) driver.diesOnCommit = true
      break
    case 'burst': {
      const name = 'burst'.padEnd(50, '.')
      await cache.deleteMany(Array.from({ length: order.count }, (_, i) => `${name}${i}`))
      tell({ type: 'burst' })
      break
    }
    case 'answer':
      source.answered(order.id, order.versions)
      break
  }
}

process.on('message', (order: Order) => void obey(order))
process.on('disconnect', () => process.exit())
await cache.ready()
setInterval(sample, SAMPLE_EVERY)
tell({ type: 'ready' })
