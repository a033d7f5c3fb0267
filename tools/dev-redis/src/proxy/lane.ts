import type { Socket } from 'node:net'
import type { Gate } from './gate.ts'
import { reset } from './reset.ts'

/** From here on the source is no longer read, so that the sender's own buffers fill up. */
const LIMIT = 8 * 1024 * 1024

interface Parcel {
  readonly bytes: Buffer
  /** How the stream ends, after everything before it. */
  readonly end?: 'fin' | 'reset'
  readonly gate?: Gate | undefined
  due: number
}

/** Hears what a lane did with bytes. */
export interface LaneReport {
  sent(bytes: number): void
  swallowed(bytes: number): void
}

/**
 * One direction of a connection: parcels in the order in which they came. The first one leaves when
 * nothing holds the lane, its gate is open, its delay is over and the destination takes it; those
 * behind it wait for it. What leaves while the lane is dropping is swallowed.
 */
export class Lane {
  readonly #source: Socket
  readonly #destination: Socket
  readonly #report: LaneReport
  readonly #queue: Parcel[] = []
  #bytes = 0
  #isHeld = false
  #isDropping = false
  #hasHole = false
  #isFull = false
  #delay = 0
  #timer: NodeJS.Timeout | undefined

  constructor(source: Socket, destination: Socket, report: LaneReport) {
    this.#source = source
    this.#destination = destination
    this.#report = report
    destination.on('drain', () => {
      this.#isFull = false
      this.#flush()
    })
  }

  /** True once bytes were swallowed: the stream makes no sense any more. */
  get hasHole(): boolean {
    return this.#hasHole
  }

  /** Sends bytes, once `gate` is open if one is given. */
  send(bytes: Buffer, gate?: Gate): void {
    this.#add({ bytes, gate, due: Date.now() + this.#delay })
  }

  /** Ends the destination's side after everything that was sent before. */
  end(end: 'fin' | 'reset'): void {
    this.#add({ bytes: Buffer.alloc(0), end, due: Date.now() + this.#delay })
  }

  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.#flush()
  }

  delay(ms: number): void {
    this.#delay = ms
    if (ms > 0) return
    for (const parcel of this.#queue) parcel.due = 0
    this.#flush()
  }

  drop(on: boolean): void {
    this.#isDropping = on
  }

  /** Forgets what waits, for the sockets are gone. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#queue.length = 0
    this.#bytes = 0
  }

  #add(parcel: Parcel): void {
    parcel.gate?.onOpen(() => this.#flush())
    this.#queue.push(parcel)
    this.#bytes += parcel.bytes.length
    this.#flush()
    if (this.#bytes > LIMIT) this.#source.pause()
  }

  #flush(): void {
    clearTimeout(this.#timer)
    for (let parcel = this.#queue[0]; parcel !== undefined; parcel = this.#queue[0]) {
      if (this.#isHeld || this.#isFull || parcel.gate?.isOpen === false) break
      const wait = parcel.due - Date.now()
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#flush(), wait)
        break
      }
      this.#queue.shift()
      this.#bytes -= parcel.bytes.length
      this.#deliver(parcel)
    }
    if (this.#bytes <= LIMIT && this.#source.isPaused()) this.#source.resume()
  }

  #deliver({ bytes, end }: Parcel): void {
    if (this.#isDropping) {
      this.#hasHole = true
      this.#report.swallowed(bytes.length)
    } else if (end === 'fin') this.#destination.end()
    else if (end === 'reset') reset(this.#destination)
    else if (this.#destination.writable) {
      this.#report.sent(bytes.length)
      this.#isFull = !this.#destination.write(bytes)
    }
  }
}
