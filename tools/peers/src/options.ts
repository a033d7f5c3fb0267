import { parseArgs } from 'node:util'
import type { Peer } from './peer.ts'
import type { Scenario } from './scenario.ts'

/** What the command line asks for. */
export interface Options {
  readonly isHelp: boolean
  readonly isJson: boolean
  readonly rounds: number
  readonly peers: readonly Peer[]
  readonly scenarios: readonly Scenario[]
}

/** @throws when an option, or the name of a peer or scenario, is not known */
export function readOptions(
  args: readonly string[],
  peers: readonly Peer[],
  scenarios: readonly Scenario[],
): Options {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: a whole number from 1')
  const known = [...peers, ...scenarios].map(({ name }) => name)
  for (const name of values.only)
    if (!known.includes(name))
      throw new Error(
        `--only ${name}: neither a peer nor a scenario; there are ${known.join(', ')}`,
      )
  return {
    isHelp: values.help,
    isJson: values.json,
    rounds,
    peers: chosen(peers, values.only),
    scenarios: chosen(scenarios, values.only),
  }
}

function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  only: readonly string[],
): readonly T[] {
  const some = all.filter(({ name }) => only.includes(name))
  return some.length === 0 ? all : some
}

export function helpOf(peers: readonly Peer[], scenarios: readonly Scenario[]): string {
  const lines = [
    ...scenarios.map(({ name, about }) => [name, about] as const),
    ...peers.map(({ name, setup }) => [name, setup] as const),
  ]
  return `Measures Tiercel and its peers in the same scenarios, on a real Redis.

  --only <name>    only this scenario, or only this peer; may be given again
  --rounds <n>     rounds of each scenario (5)
  --json           everything that was found, as JSON
  --help           this text

${lines.map(([name, about]) => `  ${name.padEnd(16)} ${about}`).join('\n')}`
}
