import { hasDebianTools, unpackDebian } from '@tiercel/dev-redis'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
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
export async function provideTools(): Promise<Tools> {
  if (findCompiler() === undefined) {
    throw new Error('no C compiler here: install gcc or clang (Debian: apt-get install gcc)')
  }
  if (findTools() === undefined) await fetchDebian()
  const tools = findTools()
  if (tools === undefined) throw new Error(`no spin here: ${HOW}`)
  return tools
}

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

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function fetchDebian(): Promise<void> {
  if (!hasDebianTools()) {
    throw new Error(`no spin here, and no apt-get and dpkg-deb to fetch it: ${HOW}`)
  }
  try {
    await unpackDebian(CACHE, { packages: ['spin'] }, () => Promise.resolve(unpacked()), say)
  } catch (error) {
    const why = String(error).split('\n').slice(0, 4).join(' ')
    throw new Error(`no spin here, and the Debian archive did not give it: ${HOW}\n${why}`, {
      cause: error,
    })
  }
}
