import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { eventually } from '../../support/until.ts'
import type { Ledger } from './ledger.ts'
import {
  type Counts,
  type InstanceConfig,
  type News,
  now,
  type Order,
  type Signal,
  type State,
} from './orders.ts'
import type { Source } from './source.ts'

/** How long the source's answers are on their way, in milliseconds: long enough to be overtaken. */
const ANSWER_TAKES = { least: 1, most: 15 }
const STARTS_WITHIN = 60_000

/** What a run gives an instance to talk to. */
export interface Desk {
  readonly source: Source
  readonly ledger: Ledger
}

/** New versions in the source, of which caches may not know. */
export interface Commit {
  readonly keys: readonly number[]
  readonly versions: readonly number[]
  readonly at: number
}

/** A process with a cache, seen from the one that started it. */
export class Instance {
  /** No two processes have the same, also not one that stands in for another. */
  readonly id: number
  state: State = { isTrusting: false, usesRedis: false, kept: 0 }
  /** When the instance was last seen to become well, or to stop being so. */
  stateAt = 0
  readonly signals: { readonly signal: Signal; readonly at: number }[] = []
  desk: Desk | undefined
  counts: Counts | undefined
  isAlive = true
  /** What it committed and has not yet acknowledged as invalidated. */
  readonly unfinished = new Map<number, Commit>()
  readonly #child: ChildProcess
  readonly #heard = new Map<News['type'], News>()

  constructor(id: number, config: InstanceConfig) {
    this.id = id
    const file = fileURLToPath(new URL('instance-process.ts', import.meta.url))
    this.#child = fork(file, [JSON.stringify(config)], {
      execArgv: ['--conditions=@tiercel/source', '--no-warnings'],
      serialization: 'advanced',
    })
    this.#child.on('message', (news: News) => this.#hear(news))
    this.#child.on('error', () => {}) // a message to one that has ended: `exit` tells of it
    this.#child.once('exit', () => {
      this.isAlive = false
    })
  }

  get isWell(): boolean {
    const { isTrusting, usesRedis, kept } = this.state
    return this.isAlive && isTrusting && usesRedis && kept === 0
  }

  async ready(): Promise<void> {
    await this.heard('ready', STARTS_WITHIN)
  }

  tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {})
  }

  /** Tells, and waits for the answer of that type. */
  async ask<T extends News['type']>(order: Order, type: T): Promise<Extract<News, { type: T }>> {
    this.#heard.delete(type)
    this.tell(order)
    return this.heard(type, 30_000)
  }

  async heard<T extends News['type']>(type: T, ms: number): Promise<Extract<News, { type: T }>> {
    const news = await eventually(
      `"${type}" of instance ${this.id}`,
      () => {
        if (!this.isAlive) throw new Error(`instance ${this.id} has ended`)
        return this.#heard.get(type)
      },
      { ms },
    )
    return news as Extract<News, { type: T }>
  }

  stop(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  /** Resolves when the process has ended, by whatever. */
  async ended(): Promise<void> {
    if (this.isAlive) await once(this.#child, 'exit')
  }

  async kill(): Promise<void> {
    const ended = this.ended()
    this.#child.kill('SIGKILL')
    await ended
  }

  #hear(news: News): void {
    this.#heard.set(news.type, news)
    switch (news.type) {
      case 'load':
        void this.#answerLater(news.id, [news.key], 'load')
        break
      case 'commit':
        void this.#answerLater(news.id, news.keys, 'commit')
        break
      case 'reads':
        this.desk?.ledger.read(this.id, news.reads)
        break
      case 'written':
        this.unfinished.delete(news.id)
        this.desk?.ledger.written(this.id, news.keys, news.versions, news.receipt, news.at)
        break
      case 'brought':
        this.desk?.ledger.brought(this.id, news.at)
        break
      case 'state': {
        const wasWell = this.isWell
        this.state = news.state
        if (wasWell !== this.isWell) this.stateAt = news.at
        break
      }
      case 'signal':
        this.signals.push({ signal: news.signal, at: news.at })
        break
      case 'ended':
        this.counts = news.counts
        break
      case 'ready':
      case 'quiet':
      case 'burst':
      case 'verified':
        break
    }
  }

  /** The source reads or commits now; its answer is on its way for a while. */
  async #answerLater(id: number, keys: readonly number[], what: 'load' | 'commit'): Promise<void> {
    const source = this.desk?.source
    if (source === undefined) return
    const versions = what === 'commit' ? source.commit(keys) : keys.map((key) => source.load(key))
    if (what === 'commit') this.unfinished.set(id, { keys, versions, at: now() })
    const { least, most } = ANSWER_TAKES
    await pause(least + Math.random() * (most - least))
    this.tell({ type: 'answer', id, versions })
  }
}
