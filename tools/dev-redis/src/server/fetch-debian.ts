import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { findUnpacked, type RedisBinary } from './find-binary.ts'
import { withLock } from './lock.ts'
import type { Log } from './log.ts'
import { run } from './run.ts'

/** Whether this system has the tools to fetch and unpack Debian packages. */
export function hasDebianTools(): boolean {
  return ['/usr/bin/apt-get', '/usr/bin/dpkg-deb'].every((path) => existsSync(path))
}

/**
 * Fetches Redis and the libraries it needs from the archive that this system is set up with, and
 * unpacks them below `cache`, all as an ordinary user: apt gets lists and caches of its own.
 */
export function fetchDebian(cache: string, log: Log): Promise<RedisBinary | undefined> {
  mkdirSync(cache, { recursive: true })
  return withLock(join(cache, 'fetching'), async () => {
    const ready = await findUnpacked(cache)
    if (ready !== undefined) return ready
    log('fetching redis-server from the Debian archive…')
    // Left by a process that was killed; nobody else works here now.
    for (const name of readdirSync(cache).filter((entry) => entry.startsWith('work-'))) {
      rmSync(join(cache, name), { recursive: true, force: true })
    }
    const work = mkdtempSync(join(cache, 'work-'))
    try {
      await unpack(work)
      // Only what does not work is replaced: others may be running from what is there.
      if ((await findUnpacked(cache)) === undefined) {
        rmSync(join(cache, 'root'), { recursive: true, force: true })
        renameSync(join(work, 'root'), join(cache, 'root'))
      }
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
    return findUnpacked(cache)
  })
}

async function unpack(work: string): Promise<void> {
  for (const folder of ['lists/partial', 'archives/partial', 'packages', 'root']) {
    mkdirSync(join(work, folder), { recursive: true })
  }
  const packages = join(work, 'packages')
  const ours = {
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': work,
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': userInfo().username,
  }
  const settings = Object.entries(ours).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const apt = (program: string, ...args: string[]): Promise<string> =>
    run(program, ['-q', ...settings, ...args], { cwd: packages })

  await apt('apt-get', 'update')
  // redis-tools has the binary. Its libraries are named differently from release to release.
  const depends = await apt('apt-cache', 'depends', 'redis-tools')
  const libraries = [...depends.matchAll(/^ +Depends: (lib\S+)/gm)].map((match) => match[1] ?? '')
  const wanted = ['redis-server', 'redis-tools', ...libraries.filter((name) => name !== 'libc6')]
  await apt('apt-get', 'download', ...wanted)
  for (const name of readdirSync(packages)) {
    await run('dpkg-deb', ['-x', join(packages, name), join(work, 'root')])
  }
}
