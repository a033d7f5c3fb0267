import type { News } from './orders.ts'

/** The source of truth, which lives in the process that started this one. */
export class SourceClient {
  readonly #tell: (news: News) => void
  readonly #waiting = new Map<number, (versions: readonly number[]) => void>()
  #last = 0
  /** The next load is this process's last act. */
  diesOnLoad = false

  constructor(tell: (news: News) => void) {
    this.#tell = tell
  }

  /** The version of a key, as it was some milliseconds ago when it gets here. */
  async load(key: number): Promise<number> {
    const [version] = await this.#ask((id) => ({ type: 'load', id, key }))
    if (this.diesOnLoad) process.kill(process.pid, 'SIGKILL')
    return version as number
  }

  /** Makes a new version of each of the keys. */
  async commit(keys: readonly number[]): Promise<{ id: number; versions: readonly number[] }> {
    let commit = 0
    const versions = await this.#ask((id) => {
      commit = id
      return { type: 'commit', id, keys }
    })
    return { id: commit, versions }
  }

  answered(id: number, versions: readonly number[]): void {
    this.#waiting.get(id)?.(versions)
    this.#waiting.delete(id)
  }

  #ask(question: (id: number) => News): Promise<readonly number[]> {
    const id = ++this.#last
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#tell(question(id))
    })
  }
}
