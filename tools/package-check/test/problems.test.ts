import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { isAllowed } from '../src/licences.ts'
import { LIMITS } from '../src/limits.ts'
import { packageOf, publishedPackages } from '../src/packages.ts'
import { findingsOf, licenceProblems, unusedLimits } from '../src/problems.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

/** A package with these files, as it would be built. */
async function built(files: Readonly<Record<string, string>>, manifest: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'package-check-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const own = { name: '@shop/cache', license: 'MIT', exports: { '.': { default: './dist/a.js' } } }
  return packageOf({ ...own, ...manifest }, folder)
}

const ENOUGH = { '@shop/cache': 10_000 }

test('what is imported has to be declared: statically, later, and by what a module imports', async () => {
  const files = {
    'dist/a.js': `import { b } from './b.js'\nimport 'node:fs'\nexport const a = () => import('lazy/part').then(b)`,
    'dist/b.js': `import { deep } from '@scope/deep/part'\nimport self from '@shop/cache'\nexport const b = [deep, self]`,
  }
  const { problems } = await findingsOf(await built(files), ENOUGH)
  expect(problems.toSorted()).toEqual([
    '@shop/cache imports @scope/deep, and does not declare it',
    '@shop/cache imports lazy, and does not declare it',
  ])
  const declared = { dependencies: { lazy: '1' }, peerDependencies: { '@scope/deep': '1' } }
  expect((await findingsOf(await built(files, declared), ENOUGH)).problems).toEqual([])
  const asTool = { devDependencies: { lazy: '1', '@scope/deep': '1' } }
  expect((await findingsOf(await built(files, asTool), ENOUGH)).problems.length).toBe(2)
})

test('what the types import has to be declared too', async () => {
  const files = {
    'dist/a.js': 'export {}',
    'dist/a.d.ts': `import type { Redis } from 'redis-like'\nexport type A = import('other').B | Redis\nexport { b } from './b.js'`,
  }
  const { problems } = await findingsOf(await built(files), ENOUGH)
  expect(problems.map((problem) => /imports (\S+),/.exec(problem)?.[1])).toEqual([
    'redis-like',
    'other',
  ])
})

test('an entry weighs what its limit allows, without its dependencies', async () => {
  const of = await built({ 'dist/a.js': `export const a = '${'0123456789abcdef'.repeat(4)}'` })
  const { sizes, problems } = await findingsOf(of, { '@shop/cache': 20 })
  const bytes = sizes.get('@shop/cache') as number
  expect(bytes).toBeGreaterThan(20)
  expect(problems).toEqual([`@shop/cache weighs ${bytes} bytes; its limit is 20`])
  expect((await findingsOf(of, { '@shop/cache': bytes })).problems).toEqual([])
  expect((await findingsOf(of, {})).problems).toEqual([
    `@shop/cache has no limit; it weighs ${bytes} bytes`,
  ])
  expect(unusedLimits({ '@shop/gone': 1 }, [of])).toEqual([
    'there is a limit for @shop/gone, but no such entry',
  ])
})

test('a licence is allowed if it leaves a choice that is', async () => {
  expect(['MIT', '(GPL-3.0 OR MIT)', 'ISC AND Apache-2.0'].map(isAllowed)).toEqual([
    true,
    true,
    true,
  ])
  expect(['GPL-3.0', '(MIT AND GPL-3.0)', '', 'Unknown'].map(isAllowed)).not.toContain(true)
  expect(licenceProblems(new Map([['GPL-3.0', ['a', 'b']]]))).toEqual([
    'a, b: GPL-3.0 is not among the licences allowed',
  ])
  const { problems } = await findingsOf(
    await built({ 'dist/a.js': '' }, { license: 'None' }),
    ENOUGH,
  )
  expect(problems).toEqual(['@shop/cache: its licence is "None"'])
})

test('each entry of each published package has a limit', async () => {
  const packages = await publishedPackages(fileURLToPath(new URL('../../..', import.meta.url)))
  const entries = packages.flatMap((one) => Array.from(one.entries.keys()))
  expect(entries.toSorted()).toEqual(Object.keys(LIMITS).toSorted())
})
