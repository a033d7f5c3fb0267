import { ask } from '../resp/ask.ts'
import type { DevRedis, RestartOptions, StartOptions } from './dev-redis.ts'
import { type Container, type Docker, findDocker } from './docker.ts'
import { freePort } from './free-port.ts'
import { type Log, logToStderr } from './log.ts'
import { firstLines } from './no-redis.ts'
import { eventually } from '../until.ts'
import { versionIn } from './version.ts'
import { endWithUs } from './watchdog.ts'

const REDIS_PORT = '6379/tcp'

/** Why there can be no container here, in one line; nothing where there can. */
export async function whyNoDocker(log: Log = logToStderr): Promise<string | undefined> {
  try {
    await findDocker(log)
    return undefined
  } catch (error) {
    return firstLines(error)
  }
}

/** Starts a Redis in a container of its own; rejects if Docker or the image is not to be had. */
export async function startDocker({
  port,
  args = [],
  log = logToStderr,
}: StartOptions = {}): Promise<DevRedis> {
  const docker = await findDocker(log)
  const server = new DockerServer(docker, port ?? (await freePort()))
  try {
    await server.restart({ empty: true, args })
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

/** One container with a published port that stays the same for its successors. */
class DockerServer implements DevRedis {
  readonly external = false
  readonly pid = undefined
  readonly host: string
  readonly port: number
  version: string | undefined
  readonly #docker: Docker
  #args: readonly string[] = []
  #container: Container | undefined
  #forget: (() => void) | undefined
  #isUp = false

  constructor(docker: Docker, port: number) {
    this.#docker = docker
    this.host = docker.host
    this.port = port
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`
  }

  async pause(): Promise<void> {
    await this.#running().pause()
  }

  async resume(): Promise<void> {
    const container = this.#running()
    const { State } = await container.inspect()
    if (State.Paused) await container.unpause()
  }

  async kill(): Promise<void> {
    if (this.#container === undefined || !this.#isUp) return
    this.#isUp = false
    await this.#container.kill()
    await this.#container.wait()
  }

  async restart({ empty, args }: RestartOptions = {}): Promise<void> {
    if (args !== undefined && !empty) {
      throw new Error('in Docker new args need a new container: restart({ empty: true, args })')
    }
    if (args !== undefined) this.#args = args
    if (!empty && this.#isUp) {
      await this.resume()
      await ask(this, ['SAVE'], 30_000)
    }
    await this.kill()
    const container = empty ? await this.#create() : this.#container
    if (container === undefined) throw new Error(`the Redis on port ${this.port} was stopped`)
    await this.#docker.containers.start(container)
    this.#isUp = true
    const info = await eventually(`the container on port ${this.port} to be ready`, () =>
      ask(this, ['INFO', 'server'], 1000),
    )
    this.version = versionIn(String(info))
    // Loaded and done with: a later crash must not bring this state back.
    const removal = await this.#docker.containers.exec(container, ['rm', '-f', '/data/dump.rdb'])
    if (removal.exitCode !== 0) throw new Error(`${this.#docker.image}: ${removal.output}`)
  }

  async stop(): Promise<void> {
    const container = this.#container
    this.#container = undefined
    this.#isUp = false
    await container?.remove({ force: true, v: true })
    this.#forget?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #running(): Container {
    if (this.#container === undefined || !this.#isUp) {
      throw new Error(`the Redis on port ${this.port} is not running`)
    }
    return this.#container
  }

  async #create(): Promise<Container> {
    await this.stop()
    const { containers, image, address } = this.#docker
    const fixed = ['redis-server', '--dir', '/data', '--save', '', '--appendonly', 'no']
    // Clients come through Docker's network: to the server they are not local.
    const open = ['--protected-mode', 'no']
    // DEBUG is refused since Redis 7 unless it is allowed; before, the option is unknown.
    const major = Number(/:(\d+)/.exec(image)?.[1] ?? 7)
    const debug = major >= 7 ? ['--enable-debug-command', 'yes'] : []
    const container = await containers.create({
      Image: image,
      Cmd: [...fixed, ...open, ...debug, ...this.#args],
      ExposedPorts: { [REDIS_PORT]: {} },
      HostConfig: {
        PortBindings: { [REDIS_PORT]: [{ HostIp: '127.0.0.1', HostPort: String(this.port) }] },
      },
    })
    this.#container = container
    this.#forget = endWithUs({ container: container.id, docker: address })
    return container
  }
}
