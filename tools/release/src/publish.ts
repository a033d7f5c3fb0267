import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Place, run } from './run.ts'

/** What a package says of itself, as far as a consumer needs it. */
export interface Published {
  readonly name: string
  readonly version: string
  /** Its folder in the copy. */
  readonly folder: string
  /** What can be imported, such as `@tiercel/core`. */
  readonly entries: readonly string[]
  /** Every peer, with its range: an entry may need one that the others do not. */
  readonly peers: Readonly<Record<string, string>>
}

/** A copy of what is committed, with its dependencies. */
export async function copyRepository(root: string, target: string): Promise<Place> {
  await run('git', ['clone', '--quiet', '--no-hardlinks', root, target], { cwd: root })
  const place = { cwd: target, env: { CI: '1' } }
  await run('pnpm', ['install', '--frozen-lockfile', '--trust-lockfile', '--prefer-offline'], place)
  return place
}

/** What a release does: versions and changelogs from the changesets, a build, and each package published. */
export async function release(copy: Place, npmrc: string): Promise<readonly Published[]> {
  const userconfig = join(copy.cwd, '..', 'npmrc')
  await writeFile(userconfig, npmrc)
  // In both spellings: `npm run` has set the second, and what it names may publish for real.
  const config = { NPM_CONFIG_USERCONFIG: userconfig, npm_config_userconfig: userconfig }
  const place = { ...copy, env: { ...copy.env, ...config } }
  await run('pnpm', ['exec', 'changeset', 'version'], place)
  await run('git', ['commit', '--quiet', '--all', '--message', 'chore: version packages'], {
    ...place,
    env: { ...place.env, ...AUTHOR },
  })
  await run('pnpm', ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], place)
  await run('pnpm', ['exec', 'changeset', 'publish'], {
    ...place,
    env: { ...place.env, ...AUTHOR },
  })
  return publicPackages(place)
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'rehearsal',
  GIT_AUTHOR_EMAIL: 'rehearsal@localhost',
  GIT_COMMITTER_NAME: 'rehearsal',
  GIT_COMMITTER_EMAIL: 'rehearsal@localhost',
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The packages that have been published, each after those that it depends on. */
async function publicPackages(place: Place): Promise<readonly Published[]> {
  const listed = JSON.parse(
    await run('pnpm', ['ls', '--recursive', '--depth', '-1', '--json'], place),
  ) as readonly { readonly path: string }[]
  const packages: Published[] = []
  for (const { path } of listed) {
    const text = await readFile(join(path, 'package.json'), 'utf8')
    const { name, version, exports = {}, peerDependencies, ...rest } = JSON.parse(text) as Manifest
    if (rest.private === true) continue
    packages.push({
      name,
      version,
      folder: path,
      entries: Object.keys(exports)
        .filter((entry) => !entry.endsWith('.json'))
        .map((entry) => name + entry.slice(1)),
      peers: asPublished(peerDependencies ?? {}),
    })
  }
  return packages
}

/** What a range of the workspace is to who installs from a registry that has one version of each: any. */
function asPublished(peers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(peers).map(([peer, range]) => [
      peer,
      range.startsWith('workspace:') ? '*' : range,
    ]),
  )
}
