import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Edition } from './edition.ts'
import { run } from './run.ts'

/** A redis-server (or valkey-server) that runs here. */
export interface RedisBinary {
  readonly path: string
  /** What goes before its arguments. */
  readonly before: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly major: number
}

/** The server named by REDIS_SERVER, which then has to work, or else one on PATH. */
export async function findBinary(): Promise<RedisBinary | undefined> {
  const named = process.env['REDIS_SERVER']
  if (named) {
    const binary = await tryBinary(named)
    if (binary === undefined)
      throw new Error(
        `REDIS_SERVER=${named} is no Redis server that runs, and neither redis-8 nor valkey-8`,
      )
    return binary
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of ['redis-server', 'valkey-server']) {
      const path = join(folder, name)
      const binary = existsSync(path) ? await tryBinary(path) : undefined
      if (binary !== undefined) return binary
    }
  }
  return undefined
}

/** Where unpacked packages are kept from one run to the next. */
export function cacheFolder(name: string): string {
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  return join(resolve(root, process.env['TIERCEL_CACHE'] ?? '.cache'), name)
}

/** The server of packages that were unpacked into the cache folder, if they were. */
export async function findUnpacked(edition: Edition): Promise<RedisBinary | undefined> {
  const root = join(cacheFolder(edition.name), 'root')
  const path = join(root, 'usr/bin', edition.program)
  if (!existsSync(path)) return undefined
  // Libraries are in a folder named after the machine, such as usr/lib/x86_64-linux-gnu.
  const lib = join(root, 'usr/lib')
  const folders = existsSync(lib)
    ? readdirSync(lib).filter((name) => name.includes('-linux-gnu'))
    : []
  const libraries = folders.map((name) => join(lib, name))
  const loader = libraries.flatMap(loadersIn)[0]
  if (loader !== undefined) {
    const before = ['--library-path', libraries.join(delimiter), path]
    return tryBinary(loader, { before })
  }
  const others = process.env['LD_LIBRARY_PATH']
  const all = [...libraries, ...(others ? [others] : [])].join(delimiter)
  return tryBinary(path, { env: { ...process.env, LD_LIBRARY_PATH: all } })
}

/** What starts programs, where the C library came along: this system's is for this system's. */
function loadersIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^ld-linux.*\.so\.\d$/.test(name))
    .map((name) => join(folder, name))
}

async function tryBinary(
  path: string,
  { env = process.env, before = [] }: Partial<RedisBinary> = {},
): Promise<RedisBinary | undefined> {
  try {
    const version = await run(path, [...before, '--version'], { env, timeout: 10_000 })
    const major = /\bv=(\d+)\./.exec(version)?.[1]
    return major === undefined ? undefined : { path, before, env, major: Number(major) }
  } catch {
    // It cannot run, for a library or the permission is missing: the search goes on.
    return undefined
  }
}
