import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A package that is published, as it is built here. */
export interface Package {
  readonly name: string
  readonly folder: string
  readonly license: string
  /** What it is imported by, with the file that is loaded then. */
  readonly entries: ReadonlyMap<string, string>
  /** Names that it may import: its own, and those that are installed with it or beside it. */
  readonly declared: ReadonlySet<string>
}

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly license?: string
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Folders of the repository whose folders are packages. */
const GROUPS = ['packages', 'packages/adapters']

/** All packages that are not private, by name. */
export async function publishedPackages(root: string): Promise<readonly Package[]> {
  const found: Package[] = []
  for (const group of GROUPS) {
    for (const name of await readdir(join(root, group))) {
      const folder = join(root, group, name)
      const file = join(folder, 'package.json')
      if (!existsSync(file)) continue
      const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest
      if (manifest.private !== true) found.push(packageOf(manifest, folder))
    }
  }
  return found.toSorted((a, b) => a.name.localeCompare(b.name))
}

export function packageOf(manifest: Manifest, folder: string): Package {
  const { name, license = '', exports = {}, dependencies = {}, peerDependencies = {} } = manifest
  const entries = Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'string'
      ? []
      : [[name + entry.slice(1), join(folder, target.default)] as const],
  )
  const declared = [name, ...Object.keys(dependencies), ...Object.keys(peerDependencies)]
  return { name, folder, license, entries: new Map(entries), declared: new Set(declared) }
}
