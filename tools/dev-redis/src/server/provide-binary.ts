import { cacheFolder, findBinary, findUnpacked, type RedisBinary } from './find-binary.ts'
import { fetchDebian, hasDebianTools } from './fetch-debian.ts'
import type { Log } from './log.ts'
import { firstLines, noRedis } from './no-redis.ts'

/** A server program to run here: installed, unpacked before, or else fetched now. */
export async function provideBinary(log: Log): Promise<RedisBinary> {
  const binary = (await findBinary()) ?? (await findUnpacked(cacheFolder()))
  return binary ?? (await fetchBinary(log, ['Docker: not asked, since local processes are needed']))
}

/**
 * The server program from the system's package archive.
 *
 * @throws Error with everything in `tried` and what to install
 */
export async function fetchBinary(log: Log, tried: readonly string[]): Promise<RedisBinary> {
  if (!hasDebianTools()) throw noRedis([...tried, 'Debian packages: no apt-get and dpkg-deb here'])
  try {
    const binary = await fetchDebian(cacheFolder(), log)
    if (binary !== undefined) return binary
  } catch (error) {
    throw noRedis([...tried, `Debian packages: ${firstLines(error)}`], error)
  }
  throw noRedis([...tried, 'Debian packages: unpacked, but the server does not run'])
}
