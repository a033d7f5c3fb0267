import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { filesOf, ROOT } from './pages.ts'

/** A package that is published. */
export interface Package {
  readonly name: string
  /** From the root of the repository. */
  readonly folder: string
  /** What can be imported of it, by the name behind the package's: `.`, `./node`; and the source of each. */
  readonly entries: ReadonlyMap<string, string>
}

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, { readonly '@tiercel/source'?: string } | string>>
}

/** All that are published, core first and the others by name. */
export function publishedPackages(): Package[] {
  return filesOf('packages/{*,adapters/*}/package.json')
    .map((path) => ({ folder: dirname(path), manifest: manifestAt(path) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({
      name: manifest.name,
      folder,
      entries: new Map(
        Object.entries(manifest.exports).flatMap(([name, target]) =>
          typeof target === 'string' || target['@tiercel/source'] === undefined
            ? []
            : [[name, `${folder}/${target['@tiercel/source'].slice(2)}`] as const],
        ),
      ),
    }))
    .toSorted((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name))
}

function rank(name: string): number {
  return name === '@tiercel/core' ? 0 : 1
}

function manifestAt(path: string): Manifest {
  return JSON.parse(readFileSync(ROOT + path, 'utf8')) as Manifest
}
