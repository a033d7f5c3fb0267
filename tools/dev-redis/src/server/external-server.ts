import { ask } from '../resp/ask.ts'
import type { DevRedis } from './dev-redis.ts'
import { versionIn } from './version.ts'

/** The server that REDIS_URL names, once it answers. */
export async function useExternal(url: string): Promise<DevRedis> {
  const { hostname, port: named } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '') || '127.0.0.1'
  const port = Number(named || 6379)
  return {
    url,
    host,
    port,
    pid: undefined,
    external: true,
    version: await askVersion(host, port),
    pause: () => refuse('paused'),
    resume: () => refuse('resumed'),
    kill: () => refuse('killed'),
    restart: () => refuse('restarted'),
    stop: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function askVersion(host: string, port: number): Promise<string | undefined> {
  try {
    return versionIn(String(await ask({ host, port }, ['INFO', 'server'])))
  } catch (error) {
    // One that wants a password or TLS is there as well; the caller's client has the means.
    if (/NOAUTH|NOPERM|closed the connection/.test(String(error))) return undefined
    throw new Error(`the Redis that REDIS_URL names does not answer at ${host}:${port}`, {
      cause: error,
    })
  }
}

function refuse(done: string): Promise<never> {
  return Promise.reject(
    new Error(
      `the Redis that REDIS_URL names is not ours and cannot be ${done}; ` +
        'unset REDIS_URL for a server of your own, or check `external` first',
    ),
  )
}
