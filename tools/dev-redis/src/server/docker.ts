import type { ContainerRuntimeClient } from 'testcontainers'
import type { Log } from './log.ts'
import type { DockerAddress } from './watchdog-process.ts'

/** Docker, as testcontainers finds it, and an image that is there. */
export interface Docker {
  readonly containers: ContainerRuntimeClient['container']
  readonly image: string
  /** Where its published ports are. */
  readonly host: string
  readonly address: DockerAddress
}

/** A handle of one container. */
export type Container = ReturnType<Docker['containers']['getById']>

let found: Promise<Docker> | undefined

/** Docker with the image in place; asked once, so that what failed is not waited for again. */
export function findDocker(log: Log): Promise<Docker> {
  found ??= connect(log)
  return found
}

async function connect(log: Log): Promise<Docker> {
  // Read by testcontainers while it loads. Its reaper is one more image; our watchdog does that.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true'
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers')
  const client = await within(10_000, 'to answer', getContainerRuntimeClient())
  const image = process.env['REDIS_IMAGE'] || 'redis:7-alpine'
  const name = ImageName.fromString(image)
  if (!(await within(10_000, 'to look for an image', client.image.exists(name)))) {
    log(`pulling ${image}…`)
    await within(120_000, `to pull ${image}`, client.image.pull(name))
  }
  return {
    containers: client.container,
    image,
    host: client.info.containerRuntime.host.replace('localhost', '127.0.0.1'),
    address: addressOf(client.container.dockerode.modem),
  }
}

/** The client's own record of where it connects, which its types do not show. */
function addressOf(modem: object): DockerAddress {
  const socketPath: unknown = Reflect.get(modem, 'socketPath')
  if (typeof socketPath === 'string') return { socketPath }
  return { host: String(Reflect.get(modem, 'host')), port: Number(Reflect.get(modem, 'port')) }
}

/** Rejects if Docker takes longer; a Docker that hangs must not hang us. */
function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Docker took over ${ms} ms ${what}`)), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
