import { expect, test } from 'vitest'
import { deadLinks, isRemote } from '../src/links.ts'
import { filesOf, parsePage, readPage } from '../src/pages.ts'

const pages = filesOf('{**,**/.*/**}/*.md').map((path) => readPage(path))

test.each(pages)('no link of $path is dead', (page) => {
  expect(deadLinks(page)).toEqual([])
})

test('all pages are looked at, those in folders with a dot too', () => {
  const paths = pages.map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining([
      'README.md',
      '.github/pull_request_template.md',
      'packages/core/README.md',
    ]),
  )
  expect(paths.filter((path) => path.includes('node_modules'))).toEqual([])
  const remote = new Set(
    pages.flatMap(({ links }) => links.map(({ text }) => text).filter(isRemote)),
  )
  console.info(`not followed:\n${[...remote].toSorted().join('\n')}`)
})

test('a dead link is found, whatever kind it is of', () => {
  const page = parsePage(
    'docs/guide/made-up.md',
    [
      '# One `two` *three*',
      '[here](#one-two-three) [a file](getting-started.md) [its heading](getting-started.md#closing)',
      '[no heading](#two) ![no picture](none.svg) [no file][reference]',
      '[no heading there](getting-started.md#opening) [out](../../../etc/passwd) [rooted](/README.md)',
      '[nothing][undefined] <https://example.com/a> [insecure](http://example.com) [none](https://)',
      '<a href="none.html">html</a> [a line](../src/links.ts#L2) [no line](../src/links.ts#L9999)',
      '',
      '[reference]: none.md',
    ].join('\n'),
  )
  expect(deadLinks(page).map(({ text, why }) => `${text}: ${why}`)).toEqual([
    '#two: there is no such heading in docs/guide/made-up.md',
    'none.svg: there is no such file',
    'none.md: there is no such file',
    'getting-started.md#opening: there is no such heading in docs/guide/getting-started.md',
    '../../../etc/passwd: leaves the repository',
    '/README.md: begins with /, which is another place for each reader',
    'http://example.com: is not https',
    'https://: is no URL',
    'none.html: there is no such file',
    '../src/links.ts#L9999: there is no such line',
    '[nothing][undefined] : refers to nothing',
  ])
})
