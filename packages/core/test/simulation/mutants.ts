import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

export const CORE = fileURLToPath(new URL('../..', import.meta.url))
const COPIED = ['package.json', 'src', 'test/simulation', 'test/twin']

/** What became of a mutation: whether it broke a world, and what was said of the first. */
export interface Verdict {
  readonly isCaught: boolean
  readonly said: string
}

/** Runs worlds on a copy of the product in which one rule is missing. */
export async function judgeMutant(mutation: Mutation, seeds: number, from = 1): Promise<Verdict> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'tiercel-mutant-'))
  try {
    for (const part of COPIED) await cp(join(CORE, part), join(folder, part), { recursive: true })
    await symlink(join(CORE, 'node_modules'), join(folder, 'node_modules'))
    await mutate(folder, mutation)
    return await run(folder, seeds, from)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function mutate(folder: string, mutation: Mutation): Promise<void> {
  for (const { file, text } of await mutated(folder, mutation))
    await writeFile(join(folder, file), text)
}

/**
 * The files that a mutation changes, as they are in `folder`, with the rule taken away.
 *
 * @throws when the text to be replaced is not there exactly once: the mutation has to be written anew
 */
export async function mutated(
  folder: string,
  { rule, also, ...first }: Mutation,
): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const texts = new Map<string, string>()
  for (const { file, search, replace } of also === undefined ? [first] : [first, also]) {
    const text = texts.get(file) ?? (await readFile(join(folder, file), 'utf8'))
    const parts = text.split(search)
    if (parts.length !== 2) {
      throw new Error(`"${rule}": its text occurs ${parts.length - 1} times in ${file}, not once`)
    }
    texts.set(file, parts.join(replace))
  }
  return [...texts].map(([file, text]) => ({ file, text }))
}

async function run(folder: string, seeds: number, from: number): Promise<Verdict> {
  const args = ['--seeds', String(seeds), '--from', String(from), '--no-shrink', '--quiet']
  const child = spawn(process.execPath, [
    '--conditions=@tiercel/source',
    join(folder, 'test/simulation/main.ts'),
    ...args,
  ])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const isCaught = /^(seed \d+|found before)/m.test(said)
  if (code !== 0 && !isCaught) throw new Error(`the mutant does not run: ${said}`)
  return { isCaught, said: said.trim() }
}
