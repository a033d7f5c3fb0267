import { expect, test } from 'vitest'
import { inRelease } from '../src/server/debian-sources.ts'

function renamed(name: string, text: string): string {
  return inRelease(name, text, 'bookworm', 'trixie')
}

test('stanzas of the release that is installed are said of the other', () => {
  const text = `Types: deb
# A snapshot
URIs: http://archive.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/some.gpg

Types: deb
URIs: http://archive.example/security
Suites: bookworm-security bookworm-backports
Components: main contrib
`
  expect(renamed('debian.sources', text)).toBe(`Types: deb
URIs: http://archive.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/some.gpg

Types: deb
URIs: http://archive.example/security
Suites: trixie-security
Components: main contrib
`)
})

test('so are lines', () => {
  const text = `# deb http://archive.example/debian bookworm main
deb [signed-by=/a/key.gpg arch=amd64] http://archive.example/debian bookworm main contrib
deb-src http://archive.example/debian bookworm main
deb http://archive.example/debian bookworm-updates main
`
  expect(renamed('sources.list', text)).toBe(
    `deb [signed-by=/a/key.gpg arch=amd64] http://archive.example/debian trixie main contrib
deb http://archive.example/debian trixie-updates main
`,
  )
})

test('what is no archive of the distribution is left out', () => {
  expect(renamed('a.list', 'deb https://other.example/apt bookworm stable\n')).toBe('')
  expect(renamed('a.list', 'deb https://other.example/apt tool-bookworm main\n')).toBe('')
  expect(renamed('a.list', 'deb https://other.example/apt nodistro main\n')).toBe('')
  const off = 'Types: deb\nURIs: x\nSuites: bookworm\nComponents: main\nEnabled: no\n'
  expect(renamed('a.sources', off)).toBe('')
  const source = 'Types: deb-src\nURIs: x\nSuites: bookworm\nComponents: main\n'
  expect(renamed('a.sources', source)).toBe('')
})
