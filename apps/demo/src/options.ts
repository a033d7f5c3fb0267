import { parseArgs } from 'node:util'

/** What the demo was asked to do. Durations are milliseconds. */
export interface Options {
  readonly instances: number
  readonly seconds: number
  readonly seed: number
  readonly faults: boolean
  readonly bound: number
  readonly json: boolean
}

export const HELP = `Runs a cache on several instances and one Redis, and checks what they answer.

  npm run demo -- [options]

  --instances <n>     instances, each a process of its own, 1 to 16 (default 4)
  --seconds <n>       how long they are read and written, 1 to 86400 (default 15)
  --seed <n>          makes the traffic and the faults repeatable (default random, printed)
  --faults            breaks Redis, its connections and the instances meanwhile
  --bound <duration>  how stale a read may be, such as 500ms, 2s or 1m (default 5s)
  --json              prints the result as JSON, and the progress on stderr
  --help              prints this

Exit code: 0 coherent, 1 not, 2 bad options, 130 interrupted.
`

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }
const LEAST_BOUND = 500
const MOST_BOUND = 600_000
const SEEDS = 2 ** 32

/** An option that is unknown, or not what it has to be. */
export class OptionError extends Error {}

/**
 * The options in `args`; `'help'` if that is what is asked for.
 *
 * @throws {OptionError} naming the option, what was given and what is allowed
 */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const given = parsed(args)
  if (given.help === true) return 'help'
  return {
    instances: whole('--instances', given.instances ?? '4', 1, 16),
    seconds: whole('--seconds', given.seconds ?? '15', 1, 86_400),
    seed: whole('--seed', given.seed ?? String(Math.floor(Math.random() * SEEDS)), 0, SEEDS - 1),
    faults: given.faults === true,
    bound: duration('--bound', given.bound ?? '5s'),
    json: given.json === true,
  }
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- parseArgs infers it
function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        instances: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
        faults: { type: 'boolean' },
        bound: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    throw new OptionError((error as Error).message, { cause: error })
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new OptionError(`${option} must be a whole number from ${least} to ${most} (got "${text}")`)
}

function duration(option: string, text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  const ms = Number(amount) * (UNITS[unit] ?? Number.NaN)
  if (ms >= LEAST_BOUND && ms <= MOST_BOUND) return ms
  throw new OptionError(`${option} must be a duration from 500ms to 10m (got "${text}")`)
}
