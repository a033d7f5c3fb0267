import type { Clock } from '../clock.ts'
import { TickBatch } from '../tick-batch.ts'
import type { L2, Lease, Meta } from '../tiers.ts'

/** The right to load, or to wait for who loads, with the numbering it was given under. */
export interface Right {
  readonly meta: Meta
  readonly lease: Lease
  readonly isMutating: boolean
  /** When it was asked for. */
  readonly at: number
}

interface Request {
  readonly key: string
  readonly fenceTtl: number
  readonly resolve: (right: Right) => void
  readonly reject: (error: unknown) => void
}

/** Most keys in one script, so that it can't hold the server. */
const MOST_KEYS = 250

/** Joins the requests of one tick for the right to load into one script. */
export class AcquireBatch {
  readonly #l2: L2
  readonly #clock: Clock
  readonly #leaseTtl: number
  readonly #batch: TickBatch<Request> = new TickBatch(MOST_KEYS, (requests) => {
    void this.#send(requests)
  })

  constructor(l2: L2, clock: Clock, leaseTtl: number) {
    this.#l2 = l2
    this.#clock = clock
    this.#leaseTtl = leaseTtl
  }

  acquire(key: string, fenceTtl: number): Promise<Right> {
    return new Promise((resolve, reject) => this.#batch.add({ key, fenceTtl, resolve, reject }))
  }

  async #send(requests: readonly Request[]): Promise<void> {
    const at = this.#clock.now()
    const keys = requests.map(({ key }) => key)
    const fenceTtl = Math.max(...requests.map((request) => request.fenceTtl))
    try {
      const { meta, leases, isMutating } = await this.#l2.acquire(keys, fenceTtl, this.#leaseTtl)
      requests.forEach(({ resolve }, i) =>
        resolve({ meta, lease: leases[i] as Lease, isMutating, at }),
      )
    } catch (error) {
      for (const { reject } of requests) reject(error)
    }
  }
}
