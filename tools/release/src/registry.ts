import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** How long the registry may take to answer for the first time. */
const START_WITHIN = 30_000

/** A registry on loopback that holds what is published to it and asks nobody else. */
export interface Registry {
  readonly url: string
  /** An `.npmrc` by which npm and pnpm find our packages there, and all others where they always do. */
  readonly npmrc: string
  stop(): void
}

/** Starts verdaccio on a free port, with its storage in `folder`. */
export async function startRegistry(folder: string): Promise<Registry> {
  await mkdir(folder, { recursive: true })
  const port = await freePort()
  const config = join(folder, 'config.yaml')
  await writeFile(config, configOf(port))
  const child = spawn(process.execPath, [verdaccio(), '--config', config], {
    cwd: folder,
    stdio: 'ignore',
  })
  const url = `http://127.0.0.1:${port}/`
  await answering(`${url}-/ping`, child)
  return { url, npmrc: npmrcOf(port), stop: () => child.kill() }
}

function configOf(port: number): string {
  return [
    'storage: ./storage',
    `listen: 127.0.0.1:${port}`,
    'max_body_size: 50mb',
    'uplinks: {}',
    'auth: { htpasswd: { file: ./htpasswd, max_users: -1 } }',
    'web: { enable: false }',
    'log: { type: file, path: ./verdaccio.log, level: warn }',
    'packages:',
    "  '@tiercel/*': { access: $all, publish: $all }",
    "  '**': { access: $all }",
    '',
  ].join('\n')
}

/** Anybody may publish there, but somebody has to: any token will do. */
function npmrcOf(port: number): string {
  return `@tiercel:registry=http://127.0.0.1:${port}/\n//127.0.0.1:${port}/:_authToken=rehearsal\n`
}

function verdaccio(): string {
  const require = createRequire(import.meta.url)
  return join(require.resolve('verdaccio/package.json'), '../bin/verdaccio')
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const end = Date.now() + START_WITHIN
  while (child.exitCode === null && Date.now() < end) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return
    await delay(100)
  }
  child.kill()
  throw new Error(`the registry did not answer at ${url}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}
