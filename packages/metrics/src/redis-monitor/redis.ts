/** A connection to one server: an ioredis client, or what has its `call`. */
export interface MonitoredServer {
  call(command: string, ...args: (string | number)[]): Promise<unknown>
  readonly options?: { readonly host?: string | undefined; readonly port?: number | undefined }
}

/** An ioredis `Cluster`: its primaries are looked at one by one. */
export interface MonitoredCluster {
  nodes(role: 'master'): MonitoredServer[]
}

export type MonitoredRedis = MonitoredServer | MonitoredCluster

export function serversOf(redis: MonitoredRedis): readonly MonitoredServer[] {
  return 'nodes' in redis ? redis.nodes('master') : [redis]
}

export function nameOf({ options }: MonitoredServer): string {
  return `${options?.host ?? 'redis'}:${options?.port ?? 6379}`
}

/** The fields of `INFO`. */
export async function infoOf(server: MonitoredServer): Promise<ReadonlyMap<string, string>> {
  const text = String(await server.call('INFO'))
  return new Map(
    text.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':')
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]]
    }),
  )
}
