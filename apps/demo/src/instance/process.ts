/** One instance, as a process: a cache before the source, and the callers that read and write through it. */
import { getHeapSpaceStatistics } from 'node:v8'
import { hostNow } from '../clock.ts'
import { Client } from '../http.ts'
import { type Ready, startedWith, tell } from '../parent.ts'
import { Calls } from './calls.ts'
import { type CacheConfig, Items } from './items.ts'
import type { Calm, FromInstance, ToInstance } from './messages.ts'
import { measureCalm } from './ping.ts'
import { Reads } from './reads.ts'
import { sampler } from './sampler.ts'
import { Traffic, type TrafficOptions } from './traffic.ts'

/** What an instance is started with. */
export interface InstanceConfig extends CacheConfig, TrafficOptions {
  readonly sourcePort: number
}

const SAMPLE_EVERY = 100
const MEMORY_EVERY = 5_000
/** The spaces of V8's heap that hold machine code and bytecode. */
const COMPILED = /^(code|trusted)_/
/** The cache ends loads that take too long. A pause of this process must not be taken for a slow source. */
const LOAD_WITHIN = 600_000
const CLOSE_WITHIN = '500ms'

const config = startedWith<InstanceConfig>(() => items.cache.close({ within: CLOSE_WITHIN }))
const items = new Items(config, new Client(config.sourcePort, LOAD_WITHIN))
const heard = sampler()
const seen = { reads: new Reads(), calls: new Calls() }
const traffic = new Traffic(items, seen, tell<FromInstance>, config)
let endCalm: (() => Calm) | undefined
let began = hostNow()
let watching: NodeJS.Timeout | undefined

process.on('message', (message: ToInstance) => {
  const { type } = message
  switch (type) {
    case 'begin':
      began = hostNow()
      if (message.isCalm) endCalm = measureCalm(config.redis, `${config.namespace}:ping`)
      else watchMemory()
      return traffic.begin()
    case 'storm':
      watchMemory()
      if (endCalm !== undefined) tell<FromInstance>(endCalm())
      return void (endCalm = undefined)
    case 'end':
      clearInterval(watching)
      return void traffic.end().then(answer)
    case 'readAll':
      return void traffic.readAll().then(answer)
  }
  function answer(): void {
    tellSample()
    tell<FromInstance>({ type: type === 'end' ? 'ended' : 'readAll' })
  }
})
setInterval(tellSample, SAMPLE_EVERY)
await items.cache.ready().catch(() => {}) // Redis may be away; the cache works without it
tell<Ready>({ type: 'ready', port: 0 })

function tellSample(): void {
  tell<FromInstance>({
    type: 'sample',
    at: hostNow(),
    stats: items.cache.stats(),
    reads: seen.reads.take(),
    hung: seen.calls.hung(),
    failed: seen.calls.failed(),
    ...heard(),
  })
}

/** Not in the calm: a garbage collection of all there is holds up messages. */
function watchMemory(): void {
  watching = setInterval(() => {
    globalThis.gc?.()
    const { external, rss: resident } = process.memoryUsage()
    const age = hostNow() - began
    let [objects, code] = [0, 0]
    for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
      if (COMPILED.test(name)) code += used
      else objects += used
    }
    tell<FromInstance>({ type: 'memory', age, inUse: objects + external, code, resident })
  }, MEMORY_EVERY)
}
