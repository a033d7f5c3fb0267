/** One version of one key that has to be seen by whoever reads after `at`. */
export interface Due {
  readonly at: number
  readonly version: number
  /** By a number of the shard; else an intent alone says it, to whoever asks Redis. */
  readonly isNumbered: boolean
}

/** What the server's history has invalidated, and when: part of that history, and lost with it. */
export class Ledger {
  #dues = new Map<string, readonly Due[]>()

  add(key: string, version: number, at: number, isNumbered: boolean): void {
    this.#dues.set(key, [...(this.#dues.get(key) ?? []), { at, version, isNumbered }])
  }

  /** The oldest version that may be seen by who knows all that was invalidated until `at`. */
  required(key: string, at = Infinity): number {
    let version = 0
    for (const due of this.#dues.get(key) ?? []) {
      if (due.at <= at && due.version > version) version = due.version
    }
    return version
  }

  /** The same, where `isKnown` says what is meant. */
  requiredBy(key: string, isKnown: (due: Due) => boolean): number {
    let version = 0
    for (const due of this.#dues.get(key) ?? []) {
      if (due.version > version && isKnown(due)) version = due.version
    }
    return version
  }

  copy(): Map<string, readonly Due[]> {
    return new Map(this.#dues)
  }

  restore(dues: ReadonlyMap<string, readonly Due[]>): void {
    this.#dues = new Map(dues)
  }
}
