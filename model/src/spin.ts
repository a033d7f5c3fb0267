import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The two programs that a check needs. */
export interface Tools {
  readonly spin: string
  readonly cc: string
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CACHE = join(resolve(ROOT, process.env['TIERCEL_CACHE'] ?? '.cache'), 'spin')

/** Both programs, if they are here: on PATH, or fetched before. */
export function findTools(): Tools | undefined {
  const spin = onPath('spin', '-V') ?? unpacked()
  const cc = findCompiler()
  return spin === undefined || cc === undefined ? undefined : { spin, cc }
}

/**
 * Both programs; spin is fetched from the Debian archive if it is not here.
 *
 * @throws Error that says what to install
 */
export function provideTools(): Tools {
  if (findCompiler() === undefined) {
    throw new Error('no C compiler here: install gcc or clang (Debian: apt-get install gcc)')
  }
  if (findTools() === undefined) fetchDebian()
  const tools = findTools()
  if (tools === undefined) throw new Error(`no spin here: ${HOW}`)
  return tools
}

const APT_GET = '/usr/bin/apt-get'
const DPKG_DEB = '/usr/bin/dpkg-deb'
const HOW = 'install it (Debian, Ubuntu: apt-get install spin; macOS: brew install spin)'

function findCompiler(): string | undefined {
  // spin itself calls gcc as its preprocessor.
  return onPath('gcc', '--version') ?? onPath('cc', '--version')
}

function onPath(name: string, question: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find((path) => runs(path, question))
}

function unpacked(): string | undefined {
  const path = join(CACHE, 'root/usr/bin/spin')
  return runs(path, '-V') ? path : undefined
}

function runs(path: string, question: string): boolean {
  if (!existsSync(path)) return false
  try {
    execFileSync(path, [question], { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false // not for this machine: the search goes on
  }
}

/** As an ordinary user: apt gets lists and caches of its own, and nothing is installed. */
function fetchDebian(): void {
  if (![APT_GET, DPKG_DEB].every((path) => existsSync(path))) {
    throw new Error(`no spin here, and no apt-get and dpkg-deb to fetch it: ${HOW}`)
  }
  process.stderr.write('fetching spin from the Debian archive…\n')
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(join(CACHE, 'work-'))
  try {
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
    const options = { cwd: packages, stdio: 'pipe', timeout: 180_000 } as const
    execFileSync(APT_GET, ['-q', ...settings, 'update'], options)
    execFileSync(APT_GET, ['-q', ...settings, 'download', 'spin'], options)
    for (const name of readdirSync(packages)) {
      execFileSync(DPKG_DEB, ['-x', join(packages, name), join(work, 'root')], options)
    }
    if (unpacked() === undefined) {
      rmSync(join(CACHE, 'root'), { recursive: true, force: true })
      renameSync(join(work, 'root'), join(CACHE, 'root'))
    }
  } catch (error) {
    const why = String(error).split('\n').slice(0, 4).join(' ')
    throw new Error(`no spin here, and the Debian archive did not give it: ${HOW}\n${why}`, {
      cause: error,
    })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
