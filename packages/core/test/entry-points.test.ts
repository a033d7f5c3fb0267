import { execFile } from 'node:child_process'
import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as source from '../src/index.ts'

const run = promisify(execFile)
const core = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

/** A project that has installed this package, as it would be published, without its peer. */
let project: string

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'tiercel-entry-points-')))
  const installed = join(project, 'node_modules', '@tiercel', 'core')
  await mkdir(installed, { recursive: true })
  const tsup = join(dirname(require.resolve('tsup/package.json')), 'dist', 'cli-default.js')
  const out = join(installed, 'dist')
  await run(process.execPath, [tsup, '--no-dts', '--no-sourcemap', '--out-dir', out], { cwd: core })
  const manifest = JSON.parse(await readFile(join(core, 'package.json'), 'utf8')) as {
    exports: { '.': Record<string, string> }
  }
  delete manifest.exports['.']['@tiercel/source']
  await writeFile(join(installed, 'package.json'), JSON.stringify(manifest))
  await install('lru-cache')
  await install('@tiercel/serializers')
})

afterAll(() => rm(project, { recursive: true, force: true }))

async function install(name: string): Promise<void> {
  const to = join(project, 'node_modules', name)
  await symlink(await realpath(join(core, 'node_modules', name)), to)
}

/** What `code` prints as JSON when the project runs it. */
async function printed(kind: 'commonjs' | 'module', code: string): Promise<unknown> {
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@tiercel/source', `--input-type=${kind}`, '--eval', code],
    // Without NODE_PATH, by which pnpm's own scripts would find the peer after all.
    { cwd: project, env: { ...process.env, NODE_PATH: '' }, timeout: 20_000 },
  )
  return JSON.parse(stdout)
}

const WORK = `
  const cache = createCache({ namespace: 'shop' })
  cache.getOrSet('k', () => new Map([['v', 1n]])).then(async (value) => {
    await cache.close()
    console.log(JSON.stringify([value.get('v') === 1n, ConfigError.name]))
  })
`

describe('the package as it is published', () => {
  test('is imported, and works', async () => {
    const code = `import { createCache, ConfigError } from '@tiercel/core';${WORK}`
    expect(await printed('module', code)).toEqual([true, 'ConfigError'])
  })

  test('is required, and works', async () => {
    const code = `const { createCache, ConfigError } = require('@tiercel/core');${WORK}`
    expect(await printed('commonjs', code)).toEqual([true, 'ConfigError'])
  })

  test('has the same names either way, and they are those of the source', async () => {
    const names = Object.keys(source).toSorted()
    const list = 'console.log(JSON.stringify(Object.keys(core).sort()))'
    expect(await printed('module', `import * as core from '@tiercel/core';${list}`)).toEqual(names)
    expect(await printed('commonjs', `const core = require('@tiercel/core');${list}`)).toEqual(
      expect.arrayContaining(names),
    )
  })

  test('does without ioredis until a cache is to reach Redis, and then says what is missing', async () => {
    const code = `
      import { createCache } from '@tiercel/core'
      try {
        createCache({ namespace: 'shop', redis: 'redis://localhost' })
      } catch (error) {
        console.log(JSON.stringify([error.code, error.message]))
      }`
    expect(await printed('module', code)).toEqual([
      'ERR_CONFIG',
      'redis: the package "ioredis" is not installed; add it beside @tiercel/core',
    ])
  })

  test('leaves nothing behind that keeps a process alive', async () => {
    const code = `
      import { createCache } from '@tiercel/core'
      const cache = createCache({ namespace: 'shop' })
      await cache.getOrSet('k', () => 1, { ttl: '1h', hardTimeout: '1h' })
      console.log(JSON.stringify('ended by itself'))`
    expect(await printed('module', code)).toBe('ended by itself')
  })
})

describe('the source', () => {
  let imports: ReadonlyMap<string, readonly string[]>

  beforeAll(async () => {
    const files = await readdir(join(core, 'src'), { recursive: true })
    const modules = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    imports = new Map(
      await Promise.all(
        modules.map(async (file): Promise<[string, string[]]> => {
          const text = await readFile(join(core, 'src', file), 'utf8')
          const found = text.matchAll(/ from '([^'\n]+)'$|(?:import|\))\('([^'\n]+)'\)/gm)
          return [file, [...found].map(([, named, called]) => (named ?? called) as string)]
        }),
      ),
    )
  })

  function importersOf(pattern: RegExp): string[] {
    return [...imports]
      .filter(([, names]) => names.some((name) => pattern.test(name)))
      .map(([file]) => file)
  }

  test('names ioredis in the folder for Redis alone', () => {
    const importers = importersOf(/^ioredis/)
    expect(importers).toContain('redis/connect.ts')
    expect(importers.filter((file) => !file.startsWith('redis/'))).toEqual([])
  })

  test('names no other package than those that are installed with it', () => {
    const packages = [...imports.values()].flat().filter((name) => !/^(node:|\.)/.test(name))
    expect([...new Set(packages)].toSorted()).toEqual([
      '@tiercel/serializers',
      'ioredis',
      'lru-cache',
    ])
  })

  test('keeps reading and writing apart', () => {
    const isReading = (file: string) => /^(read|load)\//.test(file)
    const isWriting = (file: string) => /^write(-behind)?\//.test(file)
    expect(importersOf(/\/write\//).filter(isReading)).toEqual([])
    expect(importersOf(/\/read\//).filter(isWriting)).toEqual([])
    expect([...imports.keys()].filter(isReading)).not.toEqual([])
    expect([...imports.keys()].filter(isWriting)).not.toEqual([])
  })

  test('needs nothing of what is there for tests', () => {
    const importers = importersOf(/\/testing\//)
    expect(importers.filter((file) => !file.startsWith('testing/'))).toEqual([])
  })
})
