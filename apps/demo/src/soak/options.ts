import {
  LONGEST,
  OptionError,
  type Options,
  RATE,
  duration,
  instancesOf,
  many,
  oneOf,
  parsed,
  seedOf,
  whole,
} from '../options.ts'
import { TOPOLOGIES } from '../topology/topology.ts'
import { BREAKS, type BreakName } from './broken.ts'

/** What the soak was asked to do. */
export interface SoakOptions {
  /** One after another. */
  readonly runs: readonly Options[]
  /** Whether each run is written to the results. */
  readonly isRecorded: boolean
}

export const HELP = `Runs the checker under faults for as long as asked, and writes down what it saw.

  npm run soak -- [options]

  --seconds <n>       how long each run reads and writes, 1 to 86400 (default 60)
  --reads <n>         ends a run after so many reads, such as 500k or 20m; then --seconds is the limit
  --seed <n>          the first seed (default random, printed)
  --seeds <n>         so many runs of each topology, with consecutive seeds, 1 to 1000 (default 1)
  --topology <kind>   ${TOPOLOGIES.join(', ')} or all (default standalone)
  --bound <duration>  how stale a read may be, such as 500ms, 2s or 1m (default 2s)
  --instances <n>     instances, each a process of its own, 1 to 16 (default 4)
  --rate <n>          reads a second of all instances together (default 20k)
  --no-record         does not write to results/soak.jsonl
  --break <rule>      takes a rule of the cache away, to see that it is missed: ${Object.keys(BREAKS).join(', ')};
                      ends when it is; never recorded
  --help              prints this

Exit code: 0 coherent, 1 not or memory that grows, 2 bad options, 130 interrupted.
`

const LEAST_RATE = 100
const MOST_SEEDS = 1_000

/** The options in `args`; `'help'` if that is what is asked for. @throws {OptionError} */
export function parseSoakOptions(args: readonly string[]): SoakOptions | 'help' {
  const given = parsed(args, {
    seconds: { type: 'string' },
    reads: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string' },
    topology: { type: 'string' },
    bound: { type: 'string' },
    instances: { type: 'string' },
    rate: { type: 'string' },
    'no-record': { type: 'boolean' },
    break: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  if (given.help === true) return 'help'
  const topology = oneOf('--topology', given.topology ?? 'standalone', [...TOPOLOGIES, 'all'])
  const first = seedOf(given.seed)
  const seeds = whole('--seeds', given.seeds ?? '1', 1, MOST_SEEDS)
  const rate = many('--rate', given.rate ?? String(RATE))
  if (rate < LEAST_RATE)
    throw new OptionError(`--rate must be at least ${LEAST_RATE} (got ${rate})`)
  const common = {
    instances: instancesOf(given.instances),
    seconds: whole(
      '--seconds',
      given.seconds ?? (given.reads === undefined ? '60' : String(LONGEST)),
      1,
      LONGEST,
    ),
    reads: given.reads === undefined ? Infinity : many('--reads', given.reads),
    rate,
    faults: true,
    bound: duration('--bound', given.bound ?? '2s'),
    broken: given.break === undefined ? undefined : breakOf(given.break),
  }
  const kinds = topology === 'all' ? TOPOLOGIES : [topology]
  const runs: Options[] = []
  for (let seed = first; seed < first + seeds; seed++) {
    for (const kind of kinds) runs.push({ ...common, topology: kind, seed })
  }
  return { runs, isRecorded: given['no-record'] !== true && given.break === undefined }
}

function breakOf(text: string): BreakName {
  return oneOf('--break', text, Object.keys(BREAKS) as BreakName[])
}
