import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Ready } from './parent.ts'

const START_WITHIN = 20_000
const STOP_WITHIN = 3_000

/** What the parent is told of a process. */
export interface ChildEvents<Message> {
  readonly onMessage: (message: Message) => void
  /** It ended without having been told to. */
  readonly onCrash: (reason: string) => void
}

/** A process of the demo, seen from its parent. It ends when it is told to, or when the parent does. */
export class Child<Message extends { readonly type: string }> {
  readonly name: string
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  #isEnding = false

  /** Starts `file` with `config` as its argument. */
  constructor(name: string, file: URL, config: object, events: ChildEvents<Message>) {
    const execArgv = [...process.execArgv, '--disable-warning=ExperimentalWarning']
    const child = fork(file, [JSON.stringify(config)], {
      execArgv,
      serialization: 'advanced',
      // A group of its own, so that Ctrl-C reaches the parent alone, which then ends the others.
      detached: true,
    })
    this.name = name
    this.#process = child
    this.#exited = once(child, 'exit')
    child.on('message', (message: Message | Ready) => {
      if (message.type !== 'ready') events.onMessage(message as Message)
    })
    child.on('error', () => {}) // a message to a process that has ended: 'exit' tells of it
    child.on('exit', (code, signal) => {
      if (!this.#isEnding) events.onCrash(`${name} ended by itself (${signal ?? code})`)
    })
  }

  get pid(): number {
    return this.#process.pid as number
  }

  tell(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  /** Ends it without warning, as a crash does. */
  async kill(): Promise<void> {
    this.#isEnding = true
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  async stop(): Promise<void> {
    this.#isEnding = true
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    if (this.#process.connected) this.#process.disconnect()
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_WITHIN)
    await this.#exited
    clearTimeout(timer)
  }

  /** The port that it serves on, once it does. To be asked at once. */
  async ready(): Promise<number> {
    const aborted = new AbortController()
    const { signal } = aborted
    try {
      return await Promise.race([
        once(this.#process, 'message', { signal }).then(([message]) => (message as Ready).port),
        this.#exited.then(() => Promise.reject(new Error(`${this.name} did not start`))),
        delay(START_WITHIN, undefined, { signal }).then(() =>
          Promise.reject(new Error(`${this.name} did not start within ${START_WITHIN} ms`)),
        ),
      ])
    } finally {
      aborted.abort()
    }
  }
}
