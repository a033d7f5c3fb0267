import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask } from '../resp/ask.ts'
import type { DevRedis, RestartOptions } from './dev-redis.ts'
import type { RedisBinary } from './find-binary.ts'
import { freePort } from './free-port.ts'
import { eventually } from '../until.ts'
import { versionIn } from './version.ts'
import { endWithUs } from './watchdog.ts'

const HOST = '127.0.0.1'

/** How to run one server process. */
export interface LocalOptions {
  readonly port?: number
  readonly args?: readonly string[]
  /** Also keep port + 10000 free, for a cluster node's bus. */
  readonly bus?: boolean
  /** The way to start; a sentinel has its own. @default arguments for a server that keeps nothing */
  readonly command?: (server: { readonly port: number; readonly folder: string }) => string[]
}

/** Starts redis-server as a process of ours, with a folder of its own. */
export async function startLocal(
  binary: RedisBinary,
  options: LocalOptions = {},
): Promise<LocalServer> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort({ bus: options.bus ?? false }))
    const server = new LocalServer(binary, port, options)
    try {
      await server.restart()
      return server
    } catch (error) {
      await server.stop()
      // Another process may have taken the port since we looked.
      const taken = /Address already in use|bind:/i.test(String(error))
      if (options.port !== undefined || !taken || attempt === 5) throw error
    }
  }
}

/** One redis-server process and its folder. */
export class LocalServer implements DevRedis {
  readonly host = HOST
  readonly external = false
  readonly port: number
  readonly folder: string = mkdtempSync(join(tmpdir(), 'dev-redis-'))
  version: string | undefined
  readonly #binary: RedisBinary
  readonly #command: NonNullable<LocalOptions['command']> | undefined
  #args: readonly string[]
  #child: ChildProcess | undefined
  readonly #forgetFolder: () => void

  constructor(binary: RedisBinary, port: number, { args = [], command }: LocalOptions) {
    this.#binary = binary
    this.port = port
    this.#args = args
    this.#command = command
    this.#forgetFolder = endWithUs({ folder: this.folder })
  }

  get url(): string {
    return `redis://${HOST}:${this.port}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  async pause(): Promise<void> {
    const pid = this.#signal('SIGSTOP')
    // The signal stops one thread after the other; "T" in the system's table says all are.
    if (process.platform !== 'linux') return
    await eventually('the server to stop running', () =>
      /\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')),
    )
  }

  // oxlint-disable-next-line require-await
  async resume(): Promise<void> {
    this.#signal('SIGCONT')
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const exit = once(child, 'exit')
    child.ref()
    child.kill('SIGKILL')
    await exit
  }

  async restart({ empty, args }: RestartOptions = {}): Promise<void> {
    if (args !== undefined) this.#args = args
    // A sentinel has nothing to save.
    if (this.#child !== undefined && this.#command === undefined && !empty) {
      await this.resume()
      await ask(this, ['SAVE'], 30_000)
    }
    await this.kill()
    const dump = join(this.folder, 'dump.rdb')
    if (empty) rmSync(dump, { force: true })
    await this.#startAgain()
    // Loaded and done with: a later crash must not bring this state back.
    rmSync(dump, { force: true })
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20 })
    this.#forgetFolder()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #signal(signal: NodeJS.Signals): number {
    const child = this.#child
    if (child?.pid === undefined) throw new Error(`the Redis on port ${this.port} is not running`)
    child.kill(signal)
    return child.pid
  }

  /** Somebody may look at the port, to see whether it is free, in the moment that we want it back. */
  async #startAgain(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#start()
        return
      } catch (error) {
        if (attempt === 10 || !String(error).includes('already in use')) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  async #start(): Promise<void> {
    const output = openSync(join(this.folder, 'redis.log'), 'w')
    const child = spawn(this.#binary.path, [...this.#binary.before, ...this.#arguments()], {
      env: this.#binary.env,
      cwd: this.folder,
      // A session of its own, so that Ctrl-C in the terminal leaves it to us, or to the watchdog.
      detached: true,
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    if (child.pid === undefined) {
      const [error]: unknown[] = await once(child, 'error')
      throw new Error(`cannot run ${this.#binary.path}`, { cause: error })
    }
    const forget = endWithUs({ pid: child.pid })
    this.#child = child
    child.once('exit', () => {
      forget()
      if (this.#child === child) this.#child = undefined
    })
    const ended = (): boolean => this.#child !== child
    await eventually(
      `the Redis on port ${this.port} to be ready`,
      async () => ended() || this.#isReady(child),
    )
    if (ended()) {
      const log = readFileSync(join(this.folder, 'redis.log'), 'utf8')
      throw new Error(`redis-server ended at once: ${log.slice(-600).trim()}`)
    }
    child.unref()
  }

  /** True once it is this very process that answers on the port, and with its data loaded. */
  async #isReady(child: ChildProcess): Promise<boolean> {
    const info = String(await ask(this, ['INFO', 'server'], 1000))
    this.version = versionIn(info)
    return info.includes(`process_id:${child.pid}\r`)
  }

  #arguments(): string[] {
    if (this.#command !== undefined) return this.#command(this)
    // DEBUG is refused since Redis 7 unless it is allowed; before, the option is unknown.
    const debug = this.#binary.major >= 7 ? ['--enable-debug-command', 'yes'] : []
    const fixed = ['--port', String(this.port), '--bind', HOST, '--dir', this.folder]
    return [...fixed, '--save', '', '--appendonly', 'no', ...debug, ...this.#args]
  }
}
