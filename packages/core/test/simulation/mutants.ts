import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

export const CORE = fileURLToPath(new URL('../..', import.meta.url))
/** Within the workspace, so that copies find the packages that it has. */
const COPIES = fileURLToPath(new URL('../../../../.cache/mutants', import.meta.url))
const COPIED = ['package.json', 'src', 'test']
const CONFIG = `export default {
  resolve: { conditions: ['@tiercel/source', 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: ['@tiercel/source', 'module', 'node', 'development|production'] } },
  test: { include: ['{src,test}/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000, maxWorkers: 1 },
}
`

/** What became of a mutation: whether anything noticed, and what was said of the first. */
export interface Verdict {
  readonly isCaught: boolean
  readonly said: string
}

/** Runs the mutation's test, or worlds, on a copy of the product in which one rule is missing. */
export async function judgeMutant(mutation: Mutation, seeds: number, from = 1): Promise<Verdict> {
  await mkdir(COPIES, { recursive: true })
  const folder = await mkdtemp(join(COPIES, 'one-'))
  try {
    for (const part of COPIED) await cp(join(CORE, part), join(folder, part), { recursive: true })
    await symlink(join(CORE, 'node_modules'), join(folder, 'node_modules'))
    for (const { file, text } of await mutated(folder, mutation))
      await writeFile(join(folder, file), text)
    return mutation.test === undefined
      ? await runWorlds(folder, seeds, from)
      : await runTest(folder, mutation.test)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * The files that a mutation changes, as they are in `folder`, with the rule taken away.
 *
 * @throws when a text to be replaced is not there exactly once: the mutation has to be written anew
 */
export async function mutated(
  folder: string,
  { rule, also = [], ...first }: Mutation,
): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const texts = new Map<string, string>()
  for (const { file, search, replace } of [first, ...also]) {
    const text = texts.get(file) ?? (await readFile(join(folder, file), 'utf8'))
    const parts = text.split(search)
    if (parts.length !== 2) {
      throw new Error(`"${rule}": its text occurs ${parts.length - 1} times in ${file}, not once`)
    }
    texts.set(file, parts.join(replace))
  }
  return [...texts].map(([file, text]) => ({ file, text }))
}

async function runWorlds(folder: string, seeds: number, from: number): Promise<Verdict> {
  const { code, said } = await run(folder, [
    '--conditions=@tiercel/source',
    join(folder, 'test/simulation/main.ts'),
    '--seeds',
    String(seeds),
    '--from',
    String(from),
    '--no-shrink',
    '--quiet',
  ])
  const caught = /^(seed \d+|found before).*/m.exec(said)?.[0]
  if (code !== 0 && caught === undefined) throw new Error(`the mutant does not run: ${said}`)
  return { isCaught: caught !== undefined, said: caught ?? '' }
}

async function runTest(folder: string, test: string): Promise<Verdict> {
  await writeFile(join(folder, 'vitest.config.mjs'), CONFIG)
  const vitest = join(
    createRequire(import.meta.url).resolve('vitest/package.json'),
    '../vitest.mjs',
  )
  const { code, said } = await run(folder, [vitest, 'run', '--root', folder, test])
  const caught = /^ FAIL +\S+ > (.*)/m.exec(said)?.[1]
  if (code !== 0 && caught === undefined) throw new Error(`the mutant does not run: ${said}`)
  return { isCaught: caught !== undefined, said: caught === undefined ? '' : `${test}: ${caught}` }
}

async function run(
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly said: string }> {
  const env = { ...process.env, NO_COLOR: '1', VITEST: '' }
  const child = spawn(process.execPath, args, { cwd: folder, env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}
