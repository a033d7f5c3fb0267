/** The source of truth, as a process: `GET` and `PUT /items/:id`. */
import { setTimeout as delay } from 'node:timers/promises'
import { ITEMS, itemIn } from '../catalog.ts'
import { serve } from '../http.ts'
import { type Ready, startedWith, tell } from '../parent.ts'
import { between, seeded } from '../random.ts'
import { ItemTable } from './items.ts'

/** What the source is started with. */
export interface SourceConfig {
  readonly seed: number
}

/** How long answers to reads take: most a moment, some long enough to meet an invalidation or two. */
const DELAYS = [
  { share: 0.88, from: 0, to: 8 },
  { share: 0.1, from: 20, to: 120 },
  { share: 0.02, from: 200, to: 450 },
]

const { seed } = startedWith<SourceConfig>(() => {})
const random = seeded(seed, 'source')
const table = new ItemTable(ITEMS)

const port = await serve(async (method, url) => {
  const id = itemIn(url)
  if (id === undefined) return undefined
  if (method === 'PUT') return table.write(id)
  const item = table.read(id)
  // After the read, so that what is on its way grows old.
  await delay(answerDelay())
  return item
})
tell<Ready>({ type: 'ready', port })

function answerDelay(): number {
  let left = random()
  const found = DELAYS.find(({ share }) => (left -= share) < 0)
  return found === undefined ? 0 : between(random, found.from, found.to)
}
