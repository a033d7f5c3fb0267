import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readmeText } from './section.ts'

/** Inside the package, so that its own name resolves to it; ignored by git. */
const DIRECTORY = fileURLToPath(new URL('../../.cache/readme/', import.meta.url))
const COMPILER = new URL('../../../../node_modules/@typescript/native/bin/tsc', import.meta.url)
const TSCONFIG = {
  extends: '../../../../tsconfig.base.json',
  compilerOptions: { isolatedDeclarations: false, declaration: false },
  include: ['*.ts'],
}

/** Writes each TypeScript block of the README to a file of its own and answers their paths. */
export function writeCodeBlocks(): readonly string[] {
  rmSync(DIRECTORY, { recursive: true, force: true })
  mkdirSync(DIRECTORY, { recursive: true })
  writeFileSync(join(DIRECTORY, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  return [...readmeText().matchAll(/```ts\n(?<code>.*?)```/gs)].map(({ groups }, index) => {
    const path = join(DIRECTORY, `block-${index + 1}.ts`)
    writeFileSync(path, groups!['code']!)
    return path
  })
}

/** Throws what the compiler says, if it says anything. */
export function compileCodeBlocks(): void {
  run([fileURLToPath(COMPILER), '-p', DIRECTORY])
}

/** Throws what a block throws. */
export function runCodeBlock(path: string, environment: NodeJS.ProcessEnv): void {
  run(['--conditions=@tiercel/source', path], environment)
}

export function removeCodeBlocks(): void {
  rmSync(DIRECTORY, { recursive: true, force: true })
}

function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
  try {
    execFileSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...process.env, ...environment },
    })
  } catch (error) {
    const { stdout, stderr } = Object(error)
    throw new Error(`${stdout}${stderr}`, { cause: error })
  }
}
