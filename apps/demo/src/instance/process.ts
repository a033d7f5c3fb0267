/** One instance, as a process: `GET` and `PUT /items/:id` through the cache, and `GET /stats`. */
import { type Invalidates, itemIn } from '../catalog.ts'
import { Client, serve } from '../http.ts'
import { type Ready, startedWith, tell } from '../parent.ts'
import { type CacheConfig, Items } from './items.ts'
import { sampler } from './sampler.ts'

/** What an instance is started with. */
export interface InstanceConfig extends CacheConfig {
  readonly sourcePort: number
}

const SAMPLE_EVERY = 100
const LOAD_WITHIN = 5_000
const CLOSE_WITHIN = '500ms'

const config = startedWith<InstanceConfig>(() => items.cache.close({ within: CLOSE_WITHIN }))
const items = new Items(config, new Client(config.sourcePort, LOAD_WITHIN))
const sample = sampler(() => items.cache.stats())

const port = await serve((method, url) => {
  if (url.pathname === '/stats') return items.cache.stats()
  const id = itemIn(url)
  if (id === undefined) return undefined
  if (method === 'GET') return items.read(id)
  const invalidates = (url.searchParams.get('invalidates') ?? 'key') as Invalidates
  return items.write(id, invalidates, Number(url.searchParams.get('pause') ?? 0))
})
tell<Ready>({ type: 'ready', port })
setInterval(() => tell(sample()), SAMPLE_EVERY)
