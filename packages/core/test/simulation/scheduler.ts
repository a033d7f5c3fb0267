/** A process whose event loop can stand still, or which is gone. */
export interface Owner {
  readonly isGone: boolean
  readonly stalledUntil: number
}

interface Event {
  due: number
  order: number
  readonly owner: Owner | undefined
  readonly run: () => void
  isCancelled: boolean
}

/** No two steps are at the same instant. */
const STEP = 1e-4

/**
 * Everything that happens, one thing after the other on one clock. A process that stands still gets
 * its events afterwards, in their order; one that is gone gets none.
 */
export class Scheduler {
  /** The world's time in milliseconds, which no process sees. */
  now = 0
  steps = 0
  readonly #heap: Event[] = []
  #orders = 0

  /** @returns what cancels it */
  at(due: number, owner: Owner | undefined, run: () => void): () => void {
    const event = { due, order: this.#orders++, owner, run, isCancelled: false }
    push(this.#heap, event)
    return () => {
      event.isCancelled = true
    }
  }

  /** Events of `owner` that are still to come. */
  waiting(owner: Owner): number {
    return this.#heap.filter((event) => event.owner === owner && !event.isCancelled).length
  }

  /** Lets the world go on to `until`, or until `isOver`. `onStep` is told what a process has done. */
  async run(until: number, isOver: () => boolean, onStep: (owner: Owner) => void): Promise<void> {
    while (!isOver()) {
      const event = this.#heap[0]
      if (event === undefined || event.due > until) break
      pop(this.#heap)
      if (event.isCancelled || event.owner?.isGone === true) continue
      if (event.owner !== undefined && event.owner.stalledUntil > event.due) {
        event.due = event.owner.stalledUntil
        event.order = this.#orders++
        push(this.#heap, event)
        continue
      }
      this.now = Math.max(this.now + STEP, event.due)
      this.steps++
      event.run()
      // All that follows in a process from one event, its promises and ticks, happens at once.
      if (event.owner === undefined) continue
      await new Promise((resolve) => setImmediate(resolve))
      onStep(event.owner)
    }
    if (!isOver()) this.now = Math.max(this.now, until)
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order)
}

function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(event, heap[parent] as Event)) break
    heap[at] = heap[parent] as Event
    at = parent
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
    if (!isBefore(heap[child] as Event, last)) break
    heap[at] = heap[child] as Event
    at = child
  }
  heap[at] = last
}
