import { setTimeout as delay } from 'node:timers/promises'
import type { CacheStats } from '@tiercel/core'
import type { Invalidates, Item, Written } from '../catalog.ts'
import { HungError } from '../http.ts'
import { Ledger } from './ledger.ts'
import { type Peer, Roster } from './roster.ts'
import { countRead, newTally, note } from './tally.ts'

/** How long the news that an instance was killed may take to arrive here. */
const NEWS_WITHIN = 500

/** Asks instances, and holds each answer against what was promised before. */
export class Observer {
  readonly roster = new Roster()
  readonly ledger = new Ledger()
  readonly tally = newTally()
  readonly #bound: number
  readonly #began = performance.now()

  constructor(bound: number) {
    this.#bound = bound
  }

  /** Reads item `id`. Gives whether the answer was as new as promised; false if there was none. */
  async read(peer: Peer, id: number): Promise<boolean> {
    const began = performance.now()
    const item = await this.#ask<Item>(peer, 'GET', `/items/${id}`)
    if (item === undefined) return false
    this.tally.reads++
    const read = { id, version: item.version, reader: peer.incarnation, began }
    const judgement = this.ledger.judge(read)
    const against = countRead(this.tally, this.#bound, read, judgement)
    if (against !== undefined) this.#note(against, peer)
    return judgement.staleness <= 0
  }

  /** Writes item `id` and remembers what that promises. Gives whether it was acknowledged. */
  async write(peer: Peer, id: number, invalidates: Invalidates, pause: number): Promise<boolean> {
    const path = `/items/${id}?invalidates=${invalidates}&pause=${Math.round(pause)}`
    const written = await this.#ask<Written>(peer, 'PUT', path)
    if (written === undefined) return false
    const { version, receipt } = written
    this.tally.writes[invalidates]++
    if (receipt === 'here') this.tally.kept++
    const writer = peer.incarnation
    this.ledger.acknowledge(id, version, { writer, receipt, at: performance.now() })
    return true
  }

  /** Asks those that keep invalidations whether these have reached Redis by now. */
  async askKeepers(): Promise<void> {
    await Promise.all([...this.ledger.keepers].map((writer) => this.#askKeeper(writer)))
  }

  async #askKeeper(writer: number): Promise<void> {
    const peer = this.roster.get(writer)
    if (peer === undefined) {
      this.tally.lost += this.ledger.forget(writer)
      return
    }
    const asked = performance.now()
    const stats = await this.#ask<CacheStats>(peer, 'GET', '/stats')
    if (stats?.coherence.outbox === 0) this.ledger.confirm(writer, asked, performance.now())
  }

  /** The answer; `undefined` if there is none, which is counted. */
  async #ask<T>(peer: Peer, method: 'GET' | 'PUT', path: string): Promise<T | undefined> {
    try {
      return await peer.client.call<T>(method, path)
    } catch (error) {
      await delay(NEWS_WITHIN)
      if (this.roster.has(peer)) {
        this.tally[error instanceof HungError ? 'hung' : 'failed']++
        this.#note((error as Error).message, peer)
      } else this.tally.interrupted++
      return undefined
    }
  }

  #note(what: string, { instance }: Peer): void {
    note(this.tally, { what, instance, at: Math.round(performance.now() - this.#began) })
  }
}
