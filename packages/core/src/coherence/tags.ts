/** The last invalidation of one tag that this process has applied. Shared by the entries that carry it. */
export interface Cell {
  readonly tag: string
  seq: number
  /** Entries in L1 that hold it. */
  holders: number
}

const NO_CELLS: readonly Cell[] = Object.freeze([])

/**
 * The tags of the entries in L1. Invalidating a tag is one look-up and one store, however many
 * entries carry it: they compare their stamp with the cell when they are read.
 *
 * A cell lives while entries hold it. What a dropped or never-made cell would have said is kept as
 * one number, `floor`: an entry with tags is installed only if its stamp is not below it.
 */
export class Cells {
  readonly #cells = new Map<string, Cell>()
  #floor = 0

  get size(): number {
    return this.#cells.size
  }

  /** Notes that `tag` was invalidated by number `seq`. */
  raise(tag: string, seq: number): void {
    const cell = this.#cells.get(tag)
    if (cell === undefined) this.#floor = Math.max(this.#floor, seq)
    else if (cell.seq < seq) cell.seq = seq
  }

  /** Whether no invalidation of one of `tags` that was applied here came after `stamp`. */
  allow(tags: readonly string[], stamp: number): boolean {
    if (tags.length === 0) return true
    if (stamp < this.#floor) return false
    for (const tag of tags) if ((this.#cells.get(tag)?.seq ?? 0) > stamp) return false
    return true
  }

  /** The cells of `tags`, held once more. Every hold is given back by `release`. */
  hold(tags: readonly string[]): readonly Cell[] {
    if (tags.length === 0) return NO_CELLS
    return tags.map((tag) => {
      let cell = this.#cells.get(tag)
      if (cell === undefined) {
        cell = { tag, seq: this.#floor, holders: 0 }
        this.#cells.set(tag, cell)
      }
      cell.holders++
      return cell
    })
  }

  release(cells: readonly Cell[]): void {
    for (const cell of cells) {
      if (--cell.holders > 0) continue
      this.#cells.delete(cell.tag)
      this.#floor = Math.max(this.#floor, cell.seq)
    }
  }
}
