export { type Block, blocksOf } from './blocks.ts'
export { optionsTable } from './options-table.ts'
export { markdownTable, section, type Section } from './section.ts'
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { blocksOf } from './blocks.ts'

const run = promisify(execFile)

/** How long one block may run. */
const TIME_LIMIT = 30_000

/** A block of a README, written to a file of its own. */
export interface Sample {
  readonly line: number
  readonly isRun: boolean
  readonly file: string
}

/**
 * Writes each block of `readme` to a file under `folder`, a package whose dependencies the blocks may
 * import, and compiles them all. `hasDecorators`: those of TypeScript's own kind, which Node can't run as they are.
 *
 * @throws with the compiler's output when a block does not compile
 */
export async function compileReadme(
  readme: string,
  folder: string,
  { hasDecorators = false }: { readonly hasDecorators?: boolean } = {},
): Promise<Sample[]> {
  const blocks = blocksOf(await readFile(readme, 'utf8'))
  const target = join(folder, '.readme', readme.replaceAll(/[^\w]+/g, '-').slice(-60))
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  const samples = await Promise.all(
    blocks.map(async ({ line, code, isRun }) => {
      const file = join(target, `line-${line}.mts`)
      // A module even if it imports nothing, so that the names of two blocks do not meet.
      await writeFile(file, `${code}\nexport {}\n`)
      return { line, isRun, file }
    }),
  )
  const config = join(target, 'tsconfig.json')
  await writeFile(config, JSON.stringify(hasDecorators ? DECORATED : CONFIG))
  await run('tsc', ['-p', config]).catch((error: { stdout: string }) => {
    throw new Error(`${readme} does not compile:\n${error.stdout}`)
  })
  return hasDecorators ? Promise.all(samples.map(withoutDecorators)) : samples
}

async function withoutDecorators(sample: Sample): Promise<Sample> {
  const file = sample.file.replace(/\.mts$/, '.mjs')
  await writeFile(file, transpiled(await readFile(sample.file, 'utf8')))
  return { ...sample, file }
}

/** Code with decorators of TypeScript's own kind as JavaScript, which Node can run. */
export function transpiled(code: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
    },
  })
  return outputText
}

/** Runs one block in a process of its own, and gives back what it printed. */
export async function runSample(
  sample: Sample,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@tiercel/source', '--no-warnings', sample.file],
    { timeout: TIME_LIMIT, env: { ...process.env, ...environment } },
  )
  return stdout
}

/** What users of the packages compile with. */
export const COMPILER_OPTIONS = {
  target: 'ES2023',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  types: ['node'],
  strict: true,
  noEmit: true,
}

const CONFIG = {
  compilerOptions: {
    ...COMPILER_OPTIONS,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    customConditions: ['@tiercel/source'],
  },
  include: ['*.mts'],
}

const DECORATED = {
  ...CONFIG,
  compilerOptions: {
    ...CONFIG.compilerOptions,
    experimentalDecorators: true,
  },
}
