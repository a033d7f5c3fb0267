import type { DevRedis, StartOptions } from './dev-redis.ts'
import { startDocker } from './docker-server.ts'
import { useExternal } from './external-server.ts'
import { SYSTEMS } from './edition.ts'
import { findUnpacked } from './find-binary.ts'
import { startLocal } from './local-server.ts'
import { logToStderr } from './log.ts'
import { firstLines } from './no-redis.ts'
import { fetchBinary, namedOrFound } from './provide-binary.ts'

/**
 * Finds or starts a Redis: the one that REDIS_URL names; else a server from REDIS_SERVER or PATH;
 * else Docker; else Debian's packages, unpacked without root.
 *
 * @throws Error that says what was tried and what to install
 */
export async function startRedis(options: StartOptions = {}): Promise<DevRedis> {
  const { log = logToStderr } = options
  const url = process.env['REDIS_URL']
  if (url) {
    if (options.args?.length) log(`REDIS_URL is used as it is, without ${options.args.join(' ')}`)
    return useExternal(url)
  }
  const wantsImage = Boolean(process.env['REDIS_IMAGE'])
  // Packages were unpacked because Docker was of no use, so it is not asked in each process again.
  const binary = (await namedOrFound(log)) ?? (wantsImage ? undefined : await findUnpacked(SYSTEMS))
  if (binary !== undefined) return startLocal(binary, options)
  try {
    return await startDocker(options)
  } catch (error) {
    const tried = [`Docker: ${firstLines(error)}`]
    return startLocal(await fetchBinary(log, tried), options)
  }
}
