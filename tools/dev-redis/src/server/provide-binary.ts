import { type Edition, SYSTEMS, namedEdition } from './edition.ts'
import { cacheFolder, findBinary, findUnpacked, type RedisBinary } from './find-binary.ts'
import type { Log } from './log.ts'
import { firstLines, noRedis } from './no-redis.ts'
import { hasDebianTools, unpackDebian } from './unpack-debian.ts'

/** A server program to run here: named, installed, unpacked before, or else fetched now. */
export async function provideBinary(log: Log): Promise<RedisBinary> {
  const binary = (await namedOrFound(log)) ?? (await findUnpacked(SYSTEMS))
  return binary ?? (await fetchBinary(log, ['Docker: not asked, since local processes are needed']))
}

/** The server that REDIS_SERVER says, fetched if need be, or else one on PATH. */
export async function namedOrFound(log: Log): Promise<RedisBinary | undefined> {
  const edition = namedEdition()
  if (edition === undefined) return findBinary()
  return (await findUnpacked(edition)) ?? (await fetchBinary(log, [], edition))
}

/**
 * The server program from the system's package archive.
 *
 * @throws Error with everything in `tried` and what to install
 */
export async function fetchBinary(
  log: Log,
  tried: readonly string[],
  edition: Edition = SYSTEMS,
): Promise<RedisBinary> {
  if (!hasDebianTools()) throw noRedis([...tried, 'Debian packages: no apt-get and dpkg-deb here'])
  try {
    const find = (): Promise<RedisBinary | undefined> => findUnpacked(edition)
    const binary = await unpackDebian(cacheFolder(edition.name), edition.wanted, find, log)
    if (binary !== undefined) return binary
  } catch (error) {
    throw noRedis([...tried, `Debian packages: ${firstLines(error)}`], error)
  }
  throw noRedis([...tried, 'Debian packages: unpacked, but the server does not run'])
}
