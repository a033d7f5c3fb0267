import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { BreakName } from './soak/broken.ts'
import { TOPOLOGIES, type TopologyKind } from './topology/topology.ts'

/** What one run was asked to do. Durations are milliseconds. */
export interface Options {
  readonly topology: TopologyKind
  readonly instances: number
  readonly seconds: number
  /** Ends earlier, when so many reads were judged. */
  readonly reads: number
  /** Reads a second of all instances together. */
  readonly rate: number
  readonly seed: number
  readonly faults: boolean
  readonly bound: number
  /** A rule of the cache that is taken away. */
  readonly broken?: BreakName | undefined
}

/** What the demo was asked to do. */
export interface DemoOptions extends Options {
  readonly json: boolean
}

export const HELP = `Runs a cache on several instances and one Redis, and checks what they answer.

  npm run demo -- [options]

  --topology <kind>   standalone, pair (with a replica), sentinel or cluster (default standalone)
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
const MANY: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6 }
const LEAST_BOUND = 500
const MOST_BOUND = 600_000
const SEEDS = 2 ** 32
/** The longest run, in seconds. */
export const LONGEST = 86_400
/** Reads a second, unless more were asked for. */
export const RATE = 20_000

/** An option that is unknown, or not what it has to be. */
export class OptionError extends Error {}

/**
 * The demo's options in `args`; `'help'` if that is what is asked for.
 *
 * @throws {OptionError} naming the option, what was given and what is allowed
 */
export function parseOptions(args: readonly string[]): DemoOptions | 'help' {
  const given = parsed(args, {
    topology: { type: 'string' },
    instances: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    faults: { type: 'boolean' },
    bound: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  if (given.help === true) return 'help'
  return {
    topology: topologyOf(given.topology ?? 'standalone'),
    instances: instancesOf(given.instances),
    seconds: whole('--seconds', given.seconds ?? '15', 1, LONGEST),
    reads: Infinity,
    rate: RATE,
    seed: seedOf(given.seed),
    faults: given.faults === true,
    bound: duration('--bound', given.bound ?? '5s'),
    json: given.json === true,
  }
}

/** The values of `args`, which are all strings and flags. @throws {OptionError} */
export function parsed<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new OptionError((error as Error).message, { cause: error })
  }
}

export function instancesOf(text = '4'): number {
  return whole('--instances', text, 1, 16)
}

export function seedOf(text = String(Math.floor(Math.random() * SEEDS))): number {
  return whole('--seed', text, 0, SEEDS - 1)
}

export function topologyOf(text: string): TopologyKind {
  return oneOf('--topology', text, TOPOLOGIES)
}

export function oneOf<T extends string>(option: string, text: string, all: readonly T[]): T {
  const found = all.find((one) => one === text)
  if (found !== undefined) return found
  throw new OptionError(`${option} must be one of ${all.join(', ')} (got "${text}")`)
}

export function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new OptionError(`${option} must be a whole number from ${least} to ${most} (got "${text}")`)
}

/** A number such as 500, 20k or 1.5m. */
export function many(option: string, text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(k|m)?$/i.exec(text) ?? []
  const value = Math.round(Number(amount) * (MANY[unit.toLowerCase()] ?? Number.NaN))
  if (value >= 1) return value
  throw new OptionError(`${option} must be a number such as 500, 20k or 1.5m (got "${text}")`)
}

export function duration(option: string, text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  const ms = Number(amount) * (UNITS[unit] ?? Number.NaN)
  if (ms >= LEAST_BOUND && ms <= MOST_BOUND) return ms
  throw new OptionError(`${option} must be a duration from 500ms to 10m (got "${text}")`)
}
