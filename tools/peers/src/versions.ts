import { readFileSync } from 'node:fs'
import type { Peer } from './peer.ts'

const PACKAGE = new URL('../package.json', import.meta.url)
const CORE = new URL('../../../packages/core/package.json', import.meta.url)

interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
}

/** The packages of a peer with the versions that are installed: they are pinned in `package.json`. */
export function versionsOf({ packages }: Peer): string {
  const { dependencies } = read(PACKAGE)
  const versionOf = (name: string): string => {
    const pinned = dependencies[name] ?? 'unknown'
    if (pinned.startsWith('workspace:')) return `${name} ${read(CORE).version} (this repository)`
    return pinned.startsWith('npm:') ? pinned.slice(4).replace('@', ' ') : `${name} ${pinned}`
  }
  return packages.map(versionOf).join(', ')
}

function read(file: URL): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest
}
