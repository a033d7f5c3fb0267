import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type RuntimeName = 'bun' | 'deno'

/** A runtime beside Node, as the npm registry has it. */
export interface Runtime {
  /** The package of this platform, which has the program in it. */
  readonly package: string
  readonly version: string
  /** The program, in the package. */
  readonly program: string
}

/** Where `npm run runtimes` puts them. */
export const FOLDER: string = fileURLToPath(new URL('../../../.cache/runtimes/', import.meta.url))

/** Whether the tests that run on them are to be run: `npm run runtimes` says so. */
export const areRun: boolean = process.env['TIERCEL_RUNTIMES'] === '1'

const { platform, arch } = process
const isWindows = platform === 'win32'
const suffix = isWindows ? '.exe' : ''
const bunArch = arch === 'arm64' ? 'aarch64' : arch
const libc = platform === 'linux' ? '-glibc' : ''

export const RUNTIMES: Readonly<Record<RuntimeName, Runtime>> = {
  bun: {
    package: `@oven/bun-${isWindows ? 'windows' : platform}-${bunArch}`,
    version: '1.4.5',
    program: `bin/bun${suffix}`,
  },
  deno: {
    package: `@deno/${platform}-${arch}${libc}`,
    version: '2.9.6',
    program: `deno${suffix}`,
  },
}

/** Where the program is, once it was fetched. */
export function programOf(name: RuntimeName): string {
  const { package: of, program } = RUNTIMES[name]
  return join(FOLDER, 'node_modules', of, program)
}
