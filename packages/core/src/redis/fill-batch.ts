import { TickBatch } from '../tick-batch.ts'
import type { FillRequest, Filled } from '../tiers.ts'
import type { Argument } from './client.ts'
import type { Connection } from './connect.ts'
import type { ShardKeys } from './keys.ts'
import type { MetaReader } from './meta-reader.ts'
import { fill } from './scripts/fill.ts'
import { META_BYTES, YES } from './scripts/script.ts'

/** Most values in one script, so that it can't hold the server, and bytes that are enough for one. */
const MOST_FILLS = 64
const ENOUGH_BYTES = 262_144
/** Most tags in one script, or those of one value: Lua's stack takes 8,000 names at once. */
const MOST_TAGS = 4_000

interface Pending extends FillRequest {
  readonly resolve: (filled: Filled) => void
  readonly reject: (error: unknown) => void
}

/** Joins the fills of one tick into one script, which judges each by itself. */
export class FillBatch {
  readonly #connection: Connection
  readonly #keys: ShardKeys
  readonly #metas: MetaReader
  readonly #batch: TickBatch<Pending> = new TickBatch(MOST_FILLS, (fills) => {
    for (const part of partsOf(fills)) void this.#send(part)
  })

  constructor(connection: Connection, keys: ShardKeys, metas: MetaReader) {
    this.#connection = connection
    this.#keys = keys
    this.#metas = metas
  }

  add(request: FillRequest): Promise<Filled> {
    return new Promise((resolve, reject) => this.#batch.add({ ...request, resolve, reject }))
  }

  /** Sends now what was added: what is sent next comes after it. */
  flush(): void {
    this.#batch.flush()
  }

  async #send(fills: readonly Pending[]): Promise<void> {
    const keys = this.#keys
    const names = [keys.meta, keys.intents]
    const args: Argument[] = [(fills[0] as Pending).line]
    for (const { key, fence, start, ttl, tags, frame } of fills) {
      keys.name(key, names)
      for (const tag of tags) names.push(keys.tag(tag))
      args.push(headOf(fence, start, Math.ceil(ttl)), frame)
    }
    try {
      const reply = await this.#connection.run<Buffer>(fill, names, args)
      const isLost = reply.length === fills.length
      const meta = isLost ? undefined : this.#metas.parse(reply)
      const first = isLost ? 0 : META_BYTES
      fills.forEach(({ resolve }, i) => resolve({ meta, isStored: reply[first + i] === YES }))
    } catch (error) {
      for (const { reject } of fills) reject(error)
    }
  }
}

function headOf(fence: string, start: number, ttl: number): Buffer {
  const head = Buffer.allocUnsafe(32)
  head.fill(0, 0, 16).write(fence, 0, 16, 'latin1')
  head.writeDoubleBE(start, 16)
  head.writeDoubleBE(ttl, 24)
  return head
}

/** `fills` in the portions that one script takes: of one numbering, a key but once, and not too many bytes or tags. */
function* partsOf(fills: readonly Pending[]): Generator<readonly Pending[]> {
  let part: Pending[] = []
  let bytes = 0
  let tags = 0
  const keys = new Set<string>()
  for (const one of fills) {
    const isTooMuch = bytes >= ENOUGH_BYTES || tags + one.tags.length > MOST_TAGS
    if (isTooMuch || keys.has(one.key) || (part[0]?.line ?? one.line) !== one.line) {
      yield part
      part = []
      bytes = 0
      tags = 0
      keys.clear()
    }
    part.push(one)
    keys.add(one.key)
    bytes += one.frame.length
    tags += one.tags.length
  }
  if (part.length > 0) yield part
}
