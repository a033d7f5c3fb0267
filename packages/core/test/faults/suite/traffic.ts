import { setTimeout as pause } from 'node:timers/promises'
import type { Cache } from '../../../src/index.ts'
import { type Counts, type News, now, type Traffic } from './orders.ts'
import type { SourceClient } from './source-client.ts'

/** Far above what any call may take, far below for ever. */
const SETTLES_WITHIN = 15_000
const TICK = 5
const REPORT_EVERY = 50
/** Reads that are under way at most; more are not begun. */
const UNDERWAY = 300

/** What one instance reads and writes, and what it sees of it. */
export class Driver {
  readonly counts: Counts = { falseDrops: 0, hung: 0, failed: 0, longest: 0 }
  readonly #traffic: Traffic
  readonly #cache: Cache
  readonly #source: SourceClient
  readonly #tell: (news: News) => void
  readonly #timers: NodeJS.Timeout[] = []
  readonly #writes = new Set<Promise<void>>()
  #reads: number[] = []
  #underway = 0
  /** By key: the version answered last, and when a read last ended that had to leave L1. */
  readonly #versions: number[] = []
  readonly #leftL1: number[] = []
  #owedReads = 0
  #owedWrites = 0
  #tickedAt = now()
  #isWriting = true
  /** The next commit is this process's last act. */
  diesOnCommit = false

  constructor(traffic: Traffic, cache: Cache, source: SourceClient, tell: (news: News) => void) {
    this.#traffic = traffic
    this.#cache = cache
    this.#source = source
    this.#tell = tell
    this.#timers.push(setInterval(() => this.#tick(), TICK))
    this.#timers.push(setInterval(() => this.#report(), REPORT_EVERY))
  }

  /** Ends the writes, and resolves when those under way are settled. */
  async quieten(): Promise<void> {
    this.#isWriting = false
    await Promise.all(this.#writes)
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#report()
  }

  /** The version that every key is answered with now; 0 where the read fails. */
  async verify(): Promise<readonly number[]> {
    const keys = Array.from({ length: this.#traffic.keys }, (_, key) => key)
    return Promise.all(keys.map((key) => this.#get(key).catch(() => 0)))
  }

  #tick(): void {
    const at = now()
    // A process that was stopped does not catch up.
    const elapsed = Math.min(at - this.#tickedAt, 4 * TICK) / 1_000
    this.#tickedAt = at
    const { keys, readsPerSecond, writesPerSecond } = this.#traffic
    this.#owedReads += elapsed * readsPerSecond
    for (; this.#owedReads >= 1; this.#owedReads--) {
      if (this.#underway < UNDERWAY) void this.#read(pick(keys))
    }
    if (!this.#isWriting) return
    this.#owedWrites += elapsed * writesPerSecond
    for (; this.#owedWrites >= 1; this.#owedWrites--) {
      const write = this.#write().finally(() => this.#writes.delete(write))
      this.#writes.add(write)
    }
  }

  async #read(key: number): Promise<void> {
    this.#underway++
    const began = now()
    const isHeld = this.#cache.peek(this.#name(key)) !== undefined
    try {
      const version = await this.#settled(this.#get(key))
      this.#reads.push(key, version, began)
      const ended = now()
      this.counts.longest = Math.max(this.counts.longest, ended - began)
      if (isHeld) return
      // Those that were under way together left L1 together.
      const isFirst = began > (this.#leftL1[key] ?? 0)
      if (isFirst && this.#versions[key] === version) this.counts.falseDrops++
      this.#leftL1[key] = ended
      this.#versions[key] = version
    } catch {
      this.counts.failed++
    } finally {
      this.#underway--
    }
  }

  #get(key: number): Promise<number> {
    return this.#cache.getOrSet(this.#name(key), () => this.#source.load(key), {
      tags: [this.#tag(key % this.#traffic.groups)],
      ttl: this.#traffic.ttl,
    })
  }

  /** Commits a new version to the source, then invalidates: most by key, some by tag. */
  async #write(): Promise<void> {
    const { keys, groups } = this.#traffic
    const isTag = Math.random() < 0.1
    const group = pick(groups)
    const written = isTag ? members(group, keys, groups) : [pick(keys)]
    try {
      const { id, versions } = await this.#source.commit(written)
      if (this.diesOnCommit) process.kill(process.pid, 'SIGKILL')
      await pause(Math.random() * 5)
      const receipt = await this.#settled(
        isTag
          ? this.#cache.invalidateTags([this.#tag(group)])
          : this.#cache.delete(this.#name(written[0] as number)),
      )
      this.#tell({ type: 'written', id, keys: written, versions, receipt, at: now() })
    } catch {
      this.counts.failed++
    }
  }

  async #settled<T>(call: Promise<T>): Promise<T> {
    const abort = new AbortController()
    const hangs = pause(SETTLES_WITHIN, undefined, { signal: abort.signal }).then(
      () => {
        this.counts.hung++
        throw new Error('hangs')
      },
      () => new Promise<never>(() => {}),
    )
    try {
      return await Promise.race([call, hangs])
    } finally {
      abort.abort()
    }
  }

  #report(): void {
    if (this.#reads.length === 0) return
    this.#tell({ type: 'reads', reads: Float64Array.from(this.#reads) })
    this.#reads = []
  }

  #name(key: number): string {
    return `${this.#traffic.run}:${key}`
  }

  #tag(group: number): string {
    return `${this.#traffic.run}:${group}`
  }
}

function pick(count: number): number {
  return Math.floor(Math.random() * count)
}

function members(group: number, keys: number, groups: number): number[] {
  const found: number[] = []
  for (let key = group; key < keys; key += groups) found.push(key)
  return found
}
