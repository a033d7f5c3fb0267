import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { COMPILER_OPTIONS, blocksOf, transpiled } from '@tiercel/readme'
import type { Manager } from './options.ts'
import type { Published } from './publish.ts'
import { type Place, run } from './run.ts'

/** Compilers that have to accept our types, by their name here. */
const COMPILERS = { 'TS 7': 'typescript-7', 'TS 6': 'typescript-6', 'TS 5.9': 'typescript-5.9' }

/** One thing that was tried with an installed package. */
export interface Check {
  readonly name: string
  readonly error?: unknown
}

/** An empty project in which nothing is installed but one of our packages, with what it asks for. */
export class Consumer {
  readonly #place: Place
  readonly #package: Published
  /** How Node runs the example: as it stands, unless it has decorators, which Node does not strip. */
  #example: readonly string[] = ['--experimental-strip-types', 'example.ts']

  constructor(folder: string, published: Published, env: Readonly<Record<string, string>>) {
    this.#place = { cwd: folder, env }
    this.#package = published
  }

  /** Installs the package, and what the first example of its README imports beside it. */
  async install(manager: Manager, npmrc: string): Promise<void> {
    const { name, version, entries, peers } = this.#package
    const { cwd } = this.#place
    await mkdir(cwd, { recursive: true })
    const sample = await firstExample(this.#package)
    await writeFile(join(cwd, '.npmrc'), npmrc)
    await writeFile(join(cwd, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    // pnpm fails an install while an install script is undecided; the fallback without it is complete.
    await writeFile(join(cwd, 'pnpm-workspace.yaml'), 'allowBuilds:\n  msgpackr-extract: false\n')
    await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    await writeFile(join(cwd, 'use.mjs'), useOf(entries))
    await writeFile(join(cwd, 'types.ts'), typesOf(entries))
    await writeFile(join(cwd, 'example.ts'), sample)
    if (DECORATOR.test(sample)) {
      await writeFile(join(cwd, 'example.mjs'), transpiled(sample))
      this.#example = ['example.mjs']
    }
    const specs = [
      `${name}@${version}`,
      '@types/node@24',
      ...Object.entries(peers).map(([peer, range]) => `${peer}@${range}`),
      ...importsOf(sample).filter((other) => other !== name && peers[other] === undefined),
    ]
    await run(manager, manager === 'npm' ? ['install', ...QUIET, ...specs] : ['add', ...specs], {
      ...this.#place,
      env: { ...this.#place.env, CI: '1' },
    })
  }

  /** Imports and requires every entry and runs the example, with the Node at `node`. */
  async use(node: string, label: string): Promise<readonly Check[]> {
    return [
      await this.#check(`import, require (${label})`, node, ['use.mjs']),
      await this.#check(`README (${label})`, node, this.#example),
    ]
  }

  /** Checks the types of every entry and of the example, declarations of dependencies included. */
  async compile(): Promise<readonly Check[]> {
    const checks: Check[] = []
    for (const [label, compiler] of Object.entries(COMPILERS)) {
      checks.push(await this.#check(label, process.execPath, [programOf(compiler), '-p', '.']))
    }
    return checks
  }

  async #check(name: string, program: string, args: readonly string[]): Promise<Check> {
    try {
      await run(program, args, this.#place)
      return { name }
    } catch (error) {
      return { name, error }
    }
  }
}

/** The file that a package runs as its command. */
function programOf(name: string): string {
  const require = createRequire(import.meta.url)
  const { bin } = require(`${name}/package.json`) as { bin: Readonly<Record<string, string>> }
  return join(require.resolve(`${name}/package.json`), '..', Object.values(bin)[0]!)
}

const DECORATOR = /^\s*@\w+/m

const QUIET = ['--no-audit', '--no-fund', '--loglevel=error']

const TSCONFIG = {
  compilerOptions: {
    ...COMPILER_OPTIONS,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  },
  include: ['*.ts'],
}

/** The first code of the README, as somebody would copy it. */
async function firstExample({ folder }: Published): Promise<string> {
  const [first] = blocksOf(await readFile(join(folder, 'README.md'), 'utf8'))
  if (first === undefined) throw new Error(`the README of ${folder} has no example`)
  return first.code
}

function importsOf(code: string): string[] {
  const names = [...code.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)[^']*'/g)].map(([, name]) => name!)
  return [...new Set(names)].filter((name) => !name.startsWith('node'))
}

/** Both ways of loading must give the same names, since a copy of each would be two caches. */
function useOf(entries: readonly string[]): string {
  return `import { createRequire } from 'node:module'
import { deepStrictEqual, notDeepStrictEqual } from 'node:assert/strict'
const require = createRequire(import.meta.url)
for (const entry of ${JSON.stringify(entries)}) {
  const imported = await import(entry)
  notDeepStrictEqual(Object.keys(imported), [], entry + ' exports nothing')
  for (const name of Object.keys(imported)) deepStrictEqual(require(entry)[name] === imported[name], true, entry + ' ' + name)
}
`
}

function typesOf(entries: readonly string[]): string {
  return entries
    .map(
      (entry, i) =>
        `import * as entry${i} from '${entry}'\nexport const names${i} = Object.keys(entry${i})\n`,
    )
    .join('')
}
