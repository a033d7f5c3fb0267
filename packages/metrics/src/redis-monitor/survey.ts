import { NO_FAMILY } from '../families.ts'
import type { Template } from '../templates.ts'
import type { BigKey, FamilyFindings } from './findings.ts'
import { type MonitoredServer, nameOf } from './redis.ts'

/** Keys for one `SCAN`. */
const SCANNED = 200
/** Most families that are told apart; the rest counts as of none. */
const MOST_FAMILIES = 1_000

interface Count {
  keys: number
  measured: number
  bytes: number
}

/** What one sweep has counted so far, and the last whole one. */
class Tally {
  scanned = 0
  bookkeeping = 0
  foreign = 0
  readonly families: Map<string, Count> = new Map()
}

/**
 * A walk through all keys of one server in small steps: so many keys a step are named, and so many of
 * them measured. Estimates come from the last whole walk, or from what there is of the first.
 */
export class Survey {
  readonly #server: MonitoredServer
  readonly #isOurs: RegExp
  readonly #mostBiggest: number
  #cursor = '0'
  #tally = new Tally()
  #whole: Tally | undefined
  #total = 0
  #biggest: BigKey[] = []

  constructor(server: MonitoredServer, namespace: string, mostBiggest: number) {
    this.#server = server
    this.#mostBiggest = mostBiggest
    const name = namespace.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    this.#isOurs = new RegExp(`^\\{${name}(?::\\d+){1,2}\\}:(e:)?`)
  }

  /** One step: at most `keys` and a reply's surplus are named, `measured` measured. */
  async step(keys: number, measured: number, templates: readonly Template[]): Promise<void> {
    this.#total = Number(await this.#server.call('DBSIZE'))
    const entries: { key: string; count: Count; name: string }[] = []
    for (let named = 0, calls = 0; named < keys && calls * SCANNED < keys * 4; calls++) {
      const [cursor, found] = (await this.#server.call(
        'SCAN',
        this.#cursor,
        'COUNT',
        Math.min(SCANNED, keys),
      )) as [string, string[]]
      named += found.length
      for (const key of found) {
        const entry = this.#count(key, templates)
        if (entry !== undefined) entries.push({ key, ...entry })
      }
      this.#cursor = cursor
      if (cursor === '0') {
        await this.#measure(entries.splice(0), measured)
        this.#whole = this.#tally
        this.#tally = new Tally()
        return
      }
    }
    await this.#measure(entries, measured)
  }

  /** Estimates for all keys from those that were looked at. */
  get estimate(): {
    families: FamilyFindings[]
    bookkeeping: number
    foreign: number
    looked: number
  } {
    const tally = this.#whole ?? this.#tally
    const scale = tally.scanned === 0 ? 0 : Math.max(this.#total / tally.scanned, 0)
    const families = [...tally.families].map(([family, { keys, measured, bytes }]) => ({
      family,
      keys: Math.round(keys * scale),
      bytes: measured === 0 ? 0 : Math.round((bytes / measured) * keys * scale),
    }))
    return {
      families,
      bookkeeping: Math.round(tally.bookkeeping * scale),
      foreign: Math.round(tally.foreign * scale),
      looked: this.#whole === undefined ? Math.min(1, tally.scanned / Math.max(this.#total, 1)) : 1,
    }
  }

  get biggest(): readonly BigKey[] {
    return this.#biggest
  }

  #count(key: string, templates: readonly Template[]): { count: Count; name: string } | undefined {
    const tally = this.#tally
    tally.scanned++
    const match = this.#isOurs.exec(key)
    if (match === null) {
      tally.foreign++
      return undefined
    }
    if (match[1] === undefined) {
      tally.bookkeeping++
      return undefined
    }
    const name = key.slice(match[0].length)
    const template = templates.slice(0, MOST_FAMILIES).find((one) => one.matches(name))
    const family = template?.text ?? NO_FAMILY
    let count = tally.families.get(family)
    if (count === undefined)
      tally.families.set(family, (count = { keys: 0, measured: 0, bytes: 0 }))
    count.keys++
    return { count, name }
  }

  /** Every so-manyth of `entries`, so that at most `most` are measured. */
  async #measure(
    entries: readonly { readonly key: string; readonly count: Count; readonly name: string }[],
    most: number,
  ): Promise<void> {
    const step = Math.max(1, Math.ceil(entries.length / most))
    const chosen = entries.filter((_, i) => i % step === 0)
    const sizes = await Promise.all(
      chosen.map(async ({ key }) => this.#server.call('MEMORY', 'USAGE', key, 'SAMPLES', 1)),
    )
    const server = nameOf(this.#server)
    const found: BigKey[] = []
    for (const [i, { count, name }] of chosen.entries()) {
      if (sizes[i] === null) continue // gone meanwhile
      const bytes = Number(sizes[i])
      count.measured++
      count.bytes += bytes
      found.push({ server, key: name, bytes })
    }
    const names = new Set(found.map(({ key }) => key))
    this.#biggest = [...this.#biggest.filter(({ key }) => !names.has(key)), ...found]
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, this.#mostBiggest)
  }
}
