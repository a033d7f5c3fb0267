import { parseArgs } from 'node:util'
import type { Bench } from './harness/bench.ts'

/** What the command line asks for. */
export interface Options {
  readonly isHelp: boolean
  readonly isJson: boolean
  readonly isQuick: boolean
  readonly benches: readonly Bench[]
}

/** @throws when an option, or the name of a bench, is not known */
export function readOptions(args: readonly string[], all: readonly Bench[]): Options {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
    },
  })
  const names = values.only ?? all.map(({ name }) => name)
  return {
    isHelp: values.help,
    isJson: values.json,
    isQuick: values.quick,
    benches: names.map((name) => benchOf(name, all)),
  }
}

function benchOf(name: string, all: readonly Bench[]): Bench {
  const bench = all.find((each) => each.name === name)
  if (bench !== undefined) return bench
  const known = all.map((each) => each.name).join(', ')
  throw new Error(`--only ${name}: no such bench; there are ${known}`)
}

export function helpOf(all: readonly Bench[]): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  return `Measures Tiercel against what one would use in its place.

  --only <name>   only this bench; may be given again
  --quick         shorter and less exact
  --json          the rows as JSON
  --help          this text

Benches:
${all.map(({ name, about }) => `  ${name.padEnd(width)}   ${about}`).join('\n')}`
}
