import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const LISTENS_WITHIN = 60_000
const ENDS_WITHIN = 30_000

/** An example that runs as a process, as its command starts it. */
export class RunningExample {
  output = ''
  readonly #process: ChildProcess

  private constructor(main: URL, args: readonly string[]) {
    const command = ['--conditions=@tiercel/source', fileURLToPath(main), ...args]
    this.#process = spawn(process.execPath, command, {
      env: { ...process.env, DATABASE_URL: '' }, // a test writes to no database that it has not started
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    }
  }

  /** Starts the `main.ts` of an example; resolves once it says that it listens. */
  static async start(main: URL, ...args: string[]): Promise<RunningExample> {
    const example = new RunningExample(main, args)
    try {
      await example.until('listening', LISTENS_WITHIN)
      return example
    } catch (error) {
      await example.stop()
      throw error
    }
  }

  /** The address that instance A or B was last heard to listen on. */
  url(name: 'A' | 'B'): string {
    return this.#last(new RegExp(`^${name} listens on (\\S+)`, 'gm'))
  }

  /** The process of instance A or B. */
  pid(name: 'A' | 'B'): number {
    return Number(this.#last(new RegExp(`^${name} listens .*\\(pid (\\d+)\\)`, 'gm')))
  }

  /** Waits for words in what it prints. */
  async until(words: string, within: number = ENDS_WITHIN): Promise<void> {
    const end = performance.now() + within
    while (!this.output.includes(words)) {
      const { exitCode, signalCode } = this.#process
      if (exitCode !== null || signalCode !== null || performance.now() > end) {
        throw new Error(`the example has not said "${words}":\n${this.output}`)
      }
      await delay(20)
    }
  }

  /** Ends it; resolves to its exit code, and to its processes that are left. */
  async stop(by: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; left: number[] }> {
    const { exitCode, signalCode } = this.#process
    if (exitCode === null && signalCode === null) {
      const exited = once(this.#process, 'exit')
      this.#process.kill(by)
      await exited
    }
    const pids = [...this.output.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid))
    // The system takes a moment to bury them.
    for (let i = 0; i < 100 && pids.some(isRunning); i++) await delay(50)
    return { code: this.#process.exitCode, left: pids.filter(isRunning) }
  }

  #last(pattern: RegExp): string {
    const found = [...this.output.matchAll(pattern)].at(-1)?.[1]
    if (found === undefined) throw new Error(`nothing like ${pattern.source} in\n${this.output}`)
    return found
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
