import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { CHANNELS, type LoadRecord, type TierRecord } from '../../src/index.ts'
import { until } from './until.ts'

interface RecordOf {
  readonly load: LoadRecord
  readonly tier: TierRecord
}

/** What one namespace reports on a channel, from when this was made. */
export class Records<N extends keyof RecordOf> implements Disposable {
  readonly all: RecordOf[N][] = []
  readonly #channel: string
  readonly #hear: (record: unknown) => void

  constructor(channel: N, namespace: string) {
    this.#channel = CHANNELS[channel]
    this.#hear = (record) => {
      const heard = record as RecordOf[N]
      if (heard.namespace === namespace) this.all.push(heard)
    }
    subscribe(this.#channel, this.#hear)
  }

  /** The first record that matches, once there is one. */
  first(matches: (record: RecordOf[N]) => boolean = () => true): Promise<RecordOf[N]> {
    return until(`a record on ${this.#channel}`, () => this.all.find(matches))
  }

  [Symbol.dispose](): void {
    unsubscribe(this.#channel, this.#hear)
  }
}
