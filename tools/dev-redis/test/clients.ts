import { Redis, type RedisOptions } from 'ioredis'

/** Clients of one test file, all ended by `endClients`. */
const clients: Redis[] = []

/** A client that waits for nothing longer than it has to, and whose errors are seen by its commands. */
export async function newClient(url: string, options: RedisOptions = {}): Promise<Redis> {
  const client = new Redis(url, {
    protocol: options.protocol ?? 3,
    connectTimeout: 2000,
    maxRetriesPerRequest: 0,
    retryStrategy: options.retryStrategy ?? (() => null),
    commandTimeout: options.commandTimeout ?? 5000,
    lazyConnect: true,
  })
  clients.push(client)
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Ends every client there is. */
export function endClients(): void {
  for (const client of clients.splice(0)) client.disconnect()
}

/** The next event of that name; unlike `once` of node:events, errors do not matter to it. */
export function next(client: Redis, event: 'close' | 'end' | 'ready'): Promise<void> {
  return new Promise((resolve) => {
    client.once(event, () => resolve())
  })
}
