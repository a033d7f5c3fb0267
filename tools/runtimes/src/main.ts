/** `npm run runtimes`: fetches Bun and Deno into .cache, some 200 MB, and runs the tests that run on them. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, RUNTIMES, type RuntimeName, programOf } from './index.ts'

const names = Object.keys(RUNTIMES) as RuntimeName[]
mkdirSync(FOLDER, { recursive: true })
writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n')
run('pnpm', [
  'add',
  '--ignore-workspace',
  '--config.node-linker=hoisted',
  '--dir',
  FOLDER,
  ...names.map((name) => `${RUNTIMES[name].package}@${RUNTIMES[name].version}`),
])
for (const name of names) {
  chmodSync(programOf(name), 0o755)
  run(programOf(name), ['--version'])
}
run('vitest', ['run', 'runtimes', ...process.argv.slice(2).filter((arg) => arg !== '--')])

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, {
    stdio: 'inherit',
    env: { ...process.env, TIERCEL_RUNTIMES: '1' },
    shell: process.platform === 'win32',
  })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
