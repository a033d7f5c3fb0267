import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const START_WITHIN = 30_000
const STOP_WITHIN = 15_000
/** An instance that ends by itself is started again, so often. */
const MOST_RESTARTS = 5
const LISTENING = /listening on (http:\/\/\S+)/

/** What an instance is started with. */
export interface InstanceOptions {
  readonly name: string
  /** The service: it listens on PORT, says where, and ends on SIGTERM. */
  readonly file: URL
  readonly environment: Readonly<Record<string, string>>
  readonly port: number
  readonly print: (line: string) => void
  /** It ended too often, or could not be started again. */
  readonly onFailure: (error: Error) => void
}

/** One process of the service. If it dies it is started again on its port, as a supervisor would. */
export class Instance {
  readonly name: string
  readonly #options: InstanceOptions
  #process: ChildProcess | undefined
  #url = ''
  #restarts = 0
  #isStopping = false
  #isListening = false
  #back: Promise<void> | undefined

  constructor(options: InstanceOptions) {
    this.name = options.name
    this.#options = options
  }

  get url(): string {
    return this.#url
  }

  async start(): Promise<void> {
    const { file, environment, print, name, port } = this.#options
    const child = fork(file, {
      execArgv: [
        ...process.execArgv,
        '--disable-warning=ExperimentalWarning',
        `--import=${new URL('end-with-parent.ts', import.meta.url).href}`,
      ],
      env: {
        ...process.env,
        ...environment,
        INSTANCE: name,
        PORT: this.#url === '' ? String(port) : new URL(this.#url).port,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own, so that Ctrl-C reaches the example alone, which then ends its instances.
      detached: true,
    })
    this.#process = child
    this.#isListening = false
    const exited = once(child, 'exit')
    const listening = new Promise<string>((resolve) => {
      const hear = (line: string): void => {
        const [, url] = LISTENING.exec(line) ?? []
        if (url === undefined) print(`${name} | ${line}`)
        else resolve(url)
      }
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream as Readable).on('line', hear)
      }
    })
    const signal = AbortSignal.timeout(START_WITHIN)
    const late = once(signal, 'abort').then(() => this.#failed('did not listen in time'))
    const ended = exited.then(() => this.#failed('ended before it listened'))
    this.#url = await Promise.race([listening, ended, late])
    this.#isListening = true
    print(`${name} listens on ${this.#url} (pid ${child.pid})`)
    child.once('exit', (code, by) => this.#ended(by ?? `code ${code}`))
  }

  /** Ends it without warning, as a crash does. `back` resolves once it listens again. */
  async kill(): Promise<void> {
    const child = this.#process as ChildProcess
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async back(): Promise<void> {
    await this.#back
  }

  /** Asks it to end; resolves to whether it did so by itself, and well. */
  async stop(): Promise<boolean> {
    this.#isStopping = true
    const child = this.#process
    if (child === undefined) return true
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN)
      await exited
      clearTimeout(timer)
    }
    const { exitCode, signalCode } = child
    // Before it listens it has nothing to end well.
    if (exitCode === 0 || (signalCode === 'SIGTERM' && !this.#isListening)) return true
    this.#options.print(`${this.name} did not end well (${signalCode ?? `code ${exitCode}`})`)
    return false
  }

  #ended(how: string): void {
    if (this.#isStopping) return
    this.#options.print(`${this.name} ended (${how}), and is started again`)
    this.#back = ++this.#restarts > MOST_RESTARTS ? this.#failed('ended too often') : this.start()
    this.#back.catch((error: Error) => this.#isStopping || this.#options.onFailure(error))
  }

  async #failed(how: string): Promise<never> {
    throw new Error(`instance ${this.name} ${how}`)
  }
}
