/** `npm run example -- <name> [options]`: runs one of the examples, or lists them. */
import { readFile, readdir } from 'node:fs/promises'

const EXAMPLES = new URL('../../../examples/', import.meta.url)

const names = (await readdir(EXAMPLES)).toSorted()
// pnpm hands on the "--" that npm takes away.
const [name = '--help', ...options] = process.argv.slice(2).filter((arg) => arg !== '--')

if (names.includes(name)) {
  process.argv.splice(2, process.argv.length, ...options)
  await import(new URL(`${name}/src/main.ts`, EXAMPLES).href)
} else {
  if (name !== '--help') {
    process.stderr.write(`there is no example "${name}"\n`)
    process.exitCode = 2
  }
  process.stdout.write('npm run example -- <name> [--help]\n\n')
  for (const each of names) {
    const file = new URL(`${each}/package.json`, EXAMPLES)
    const { description } = JSON.parse(await readFile(file, 'utf8')) as { description: string }
    process.stdout.write(`  ${each.padEnd(18)} ${description}\n`)
  }
}
