import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { sourcesOf } from './debian-sources.ts'
import { withLock } from './lock.ts'
import type { Log } from './log.ts'
import { run } from './run.ts'

/** Packages of the Debian archive that a program is in. */
export interface Wanted {
  readonly packages: readonly string[]
  /** One of them whose libraries come along. */
  readonly librariesOf?: string
  /**
   * A release of Debian, such as `trixie`; then with all libraries that the program's need, also the C
   * library, since this system's may be too old. @default the one that is installed
   */
  readonly release?: string
}

/** Whether this system has the tools to fetch and unpack Debian packages. */
export function hasDebianTools(): boolean {
  return ['/usr/bin/apt-get', '/usr/bin/dpkg-deb'].every((path) => existsSync(path))
}

/**
 * Fetches packages from the archive that this system is set up with, and unpacks them below
 * `folder/root`, all as an ordinary user: apt gets lists and caches of its own, and nothing is installed.
 * `find` gives the program if it is there and runs; then nothing is fetched.
 */
export function unpackDebian<T>(
  folder: string,
  wanted: Wanted,
  find: () => Promise<T | undefined>,
  log: Log,
): Promise<T | undefined> {
  mkdirSync(folder, { recursive: true })
  return withLock(join(folder, 'fetching'), async () => {
    const ready = await find()
    if (ready !== undefined) return ready
    const from = wanted.release === undefined ? '' : ` (${wanted.release})`
    log(`fetching ${wanted.packages[0]} from the Debian archive${from}…`)
    // Left by a process that was killed; nobody else works here now.
    for (const name of readdirSync(folder).filter((entry) => entry.startsWith('work-'))) {
      rmSync(join(folder, name), { recursive: true, force: true })
    }
    const work = mkdtempSync(join(folder, 'work-'))
    try {
      await unpack(work, wanted)
      // Only what does not work is replaced: others may be running from what is there.
      if ((await find()) === undefined) {
        rmSync(join(folder, 'root'), { recursive: true, force: true })
        renameSync(join(work, 'root'), join(folder, 'root'))
      }
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
    return find()
  })
}

async function unpack(work: string, { packages, librariesOf, release }: Wanted): Promise<void> {
  for (const folder of ['lists/partial', 'archives/partial', 'packages', 'root', 'sources']) {
    mkdirSync(join(work, folder), { recursive: true })
  }
  const ours: Record<string, string> = {
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': work,
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': userInfo().username,
  }
  if (release !== undefined) {
    ours['Dir::Etc::sourcelist'] = '/dev/null'
    ours['Dir::Etc::sourceparts'] = join(work, 'sources')
    for (const { name, text } of sourcesOf(release))
      writeFileSync(join(work, 'sources', name), text)
  }
  const settings = Object.entries(ours).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const apt = (program: string, ...args: string[]): Promise<string> =>
    run(program, ['-q', ...settings, ...args], { cwd: join(work, 'packages') })

  await apt('apt-get', 'update')
  // Libraries are named differently from release to release.
  const needs = librariesOf === undefined ? [] : librariesIn(await depends(librariesOf))
  const libraries =
    release === undefined
      ? needs.filter((name) => name !== 'libc6')
      : librariesIn(`${needs.join('\n')}\n${await depends('--recurse', ...needs)}`)
  await apt('apt-get', 'download', ...new Set([...packages, ...libraries]))
  for (const name of readdirSync(join(work, 'packages'))) {
    await run('dpkg-deb', ['-x', join(work, 'packages', name), join(work, 'root')])
  }

  function depends(...args: string[]): Promise<string> {
    return apt('apt-cache', 'depends', '--important', ...args)
  }
}

/** Packages in what `apt-cache depends` says: `Depends: name`, or a name at the beginning of a line. */
function librariesIn(text: string): string[] {
  const names = [...text.matchAll(/^(?: +(?:Pre)?Depends: )?(z?lib\S+)$/gm)]
  return [...new Set(names.map((match) => match[1] ?? ''))]
}
