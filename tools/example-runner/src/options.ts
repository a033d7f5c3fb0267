import { parseArgs } from 'node:util'

/** How an example is run. */
export interface Options {
  /** Whether it shows by itself what it does. */
  readonly tour: boolean
  /** Whether it ends after that. */
  readonly once: boolean
  /** Port of the first instance, the next has the next; 0: free ones. */
  readonly port: number
}

/** The reader's mistake; told without a stack. */
export class OptionError extends Error {}

/** @throws {OptionError} */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { tour, once, port, help } = parsed(args)
  if (help) return 'help'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_000) {
    throw new OptionError(`--port must be a whole number from 0 to 65000 (got "${port}")`)
  }
  return { tour, once, port: Number(port) }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      // pnpm hands on the "--" that npm takes away.
      args: args.filter((arg, index) => arg !== '--' || index > 0),
      allowNegative: true,
      options: {
        tour: { type: 'boolean', default: true },
        once: { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new OptionError((error as Error).message)
  }
}

/** What `--help` prints. */
export function helpFor(name: string, about: string): string {
  return `${about}

  npm run example -- ${name} [options]     from the root, in a fresh clone as well
  pnpm start [options]                     in examples/${name}

Starts what the service needs and two instances of it, shows what it does, and serves until Ctrl-C.

  --no-tour     only serve
  --once        end after the tour
  --port <n>    port of the first instance; the second has the next      free ones
  --help        this

REDIS_URL, DATABASE_URL: servers to use instead of those that are started for the run.
`
}
