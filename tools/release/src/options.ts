import { parseArgs } from 'node:util'

/** Versions of Node that the packages say they run on; the last of each line is fetched. */
const NODES = ['22', '24']
const MANAGERS = ['npm', 'pnpm'] as const

/** Who installs what was published. */
export type Manager = (typeof MANAGERS)[number]

/** What a rehearsal covers. */
export interface Options {
  readonly managers: readonly Manager[]
  /** Major versions of Node beside the one that runs this. */
  readonly nodes: readonly string[]
  /** Leaves the folder of the rehearsal in place. */
  readonly keep: boolean
}

export const HELP = `Publishes a copy of this repository to a registry on loopback, and uses each package from there alone.

  pnpm release:rehearse [options]

  --quick   one package manager (npm) and the Node that runs this; without it also pnpm, and Node ${NODES.join(' and ')}
  --keep    leaves the folder with the copy and the consumers in place, and prints where it is
  --help    prints this

What is not committed is not in the copy. Exit code: 0 all well, 1 something failed, 2 bad options.
`

/** Options that can't be understood. */
export class OptionError extends Error {}

/** @throws {OptionError} */
export function parseOptions(args: readonly string[]): Options | 'help' {
  let given
  try {
    given = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new OptionError(`${(error as Error).message}; see --help`, { cause: error })
  }
  if (given.help) return 'help'
  return {
    managers: given.quick ? ['npm'] : MANAGERS,
    nodes: given.quick ? [] : NODES,
    keep: given.keep,
  }
}
