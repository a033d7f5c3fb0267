import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { BreakName } from './soak/broken.ts'
import type { Ready } from './parent.ts'

const ARGS = ['--expose-gc', '--disable-warning=ExperimentalWarning']
/** The source itself, since a rule is taken away from that. */
const BREAKING = [
  '--conditions=@tiercel/source',
  `--import=${new URL('soak/broken.ts', import.meta.url).href}`,
]
const START_WITHIN = 20_000
const STOP_WITHIN = 3_000
const ANSWER_WITHIN = 20_000

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
  readonly #heard = new EventEmitter()
  #isEnding = false

  /** Starts `file` with `config` as its argument, without the rule `broken` of the cache if there is one. */
  constructor(
    name: string,
    file: URL,
    config: object,
    events: ChildEvents<Message>,
    broken?: BreakName,
  ) {
    const child = fork(file, [JSON.stringify(config)], {
      execArgv: [...process.execArgv, ...ARGS, ...(broken === undefined ? [] : BREAKING)],
      env: { ...process.env, ...(broken !== undefined && { TIERCEL_BREAK: broken }) },
      serialization: 'advanced',
      // A group of its own, so that Ctrl-C reaches the parent alone, which then ends the others.
      detached: true,
    })
    this.name = name
    this.#process = child
    this.#exited = once(child, 'exit')
    child.on('message', (message: Message | Ready) => {
      if (message.type === 'ready') return
      events.onMessage(message as Message)
      this.#heard.emit(message.type, message)
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

  /** The next message of a type. To be asked before what it answers. */
  async next<Type extends Message['type']>(type: Type): Promise<Extract<Message, { type: Type }>> {
    const signal = AbortSignal.timeout(ANSWER_WITHIN)
    try {
      const [message] = await once(this.#heard, type, { signal })
      return message as Extract<Message, { type: Type }>
    } catch (error) {
      throw new Error(`${this.name} has not said "${type}" in ${ANSWER_WITHIN} ms`, {
        cause: error,
      })
    }
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal)
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
