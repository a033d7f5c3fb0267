/** What an instance promised: from an instant on, nothing older than `version` is answered. */
interface Promised {
  readonly version: number
  /** The incarnation that invalidated it. It is bound from the acknowledgement on. */
  readonly writer: number
  readonly acknowledgedAt: number
  /** When all others became bound: at once, or when what was kept had reached Redis. */
  everywhereAt: number | undefined
}

/** A read as the caller saw it. All instants are those of the machine's one clock. */
export interface Read {
  readonly id: number
  readonly version: number
  /** The incarnation that answered. */
  readonly reader: number
  readonly began: number
}

/** What a read was worth. */
export interface Judgement {
  /** Milliseconds from the first promise of something newer to the read's begin; 0: not stale. */
  readonly staleness: number
  /** Whether the reader had itself acknowledged something newer: its own write is not read. */
  readonly isOwn: boolean
}

/** Promises of one item that are remembered: more than any cache could hold on to. */
const MOST = 256

/** All that was promised of every item, and what it says of a read. */
export class Ledger {
  /** By item, oldest version first. */
  readonly #promises = new Map<number, Promised[]>()
  readonly #kept = new Set<Promised>()

  /** Incarnations that keep invalidations which have not reached Redis, as far as is known. */
  get keepers(): ReadonlySet<number> {
    return new Set([...this.#kept].map(({ writer }) => writer))
  }

  acknowledge(
    id: number,
    version: number,
    {
      writer,
      receipt,
      at,
    }: { writer: number; receipt: 'replicated' | 'everywhere' | 'here'; at: number },
  ): void {
    const everywhereAt = receipt === 'here' ? undefined : at
    const promised: Promised = { version, writer, acknowledgedAt: at, everywhereAt }
    if (receipt === 'here') this.#kept.add(promised)
    const all = this.#promises.get(id) ?? []
    this.#promises.set(id, all)
    // From the end: acknowledgements come almost in the order of the versions.
    all.splice(all.findLastIndex((other) => other.version < version) + 1, 0, promised)
    if (all.length > MOST) all.shift()
  }

  /** `writer` has said that it kept nothing at `at`. */
  confirm(writer: number, at: number): void {
    for (const promised of this.#kept) {
      if (promised.writer !== writer || promised.acknowledgedAt > at) continue
      promised.everywhereAt = at
      this.#kept.delete(promised)
    }
  }

  /** `writer` has died: what it kept is lost with it, and was promised by nobody else. Gives how many. */
  forget(writer: number): number {
    const lost = [...this.#kept].filter((promised) => promised.writer === writer)
    for (const promised of lost) this.#kept.delete(promised)
    return lost.length
  }

  judge({ id, version, reader, began }: Read): Judgement {
    const all = this.#promises.get(id) ?? []
    let [since, isOwn] = [began, false]
    for (let i = all.length - 1; i >= 0; i--) {
      const promised = all[i] as Promised
      if (promised.version <= version) break
      if (promised.everywhereAt !== undefined) since = Math.min(since, promised.everywhereAt)
      if (promised.writer === reader && promised.acknowledgedAt < began) {
        since = Math.min(since, promised.acknowledgedAt)
        isOwn = true
      }
    }
    return { staleness: began - since, isOwn }
  }
}
