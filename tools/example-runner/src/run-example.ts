import { EventEmitter, once } from 'node:events'
import { Instance } from './instance.ts'
import { OptionError, type Options, helpFor, parseOptions } from './options.ts'
import { type Database, startServices } from './services.ts'
import { type Tour, tourOf } from './tour.ts'

/** An example: a service, and what is to be seen of it. */
export interface Example {
  /** Its folder. */
  readonly name: string
  /** What it shows, in a line or two. */
  readonly about: string
  /** The file of one instance. */
  readonly service: URL
  readonly database: Database
  /** What else its instances find in their environment. @default nothing */
  readonly environment?: Readonly<Record<string, string>>
  /** Shows what the service does, by requests to two instances. */
  readonly tour: (tour: Tour) => Promise<void>
  /** What a reader may try while it serves; given the addresses of both instances. */
  readonly tries: (a: string, b: string) => readonly string[]
}

/**
 * Runs an example as its command says: starts Redis, the database and two instances, makes the tour, and serves
 * until Ctrl-C. Exits with 0 if all of it went well, and ended well.
 */
export async function runExample(example: Example): Promise<void> {
  const code = await main(example, process.argv.slice(2))
  process.stdout.write('', () => process.exit(code))
}

async function main(example: Example, args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options !== 'help') return await run(example, options)
    print(helpFor(example.name, example.about))
    return 0
  } catch (error) {
    const isOption = error instanceof OptionError
    process.stderr.write(`${example.name}: ${(error as Error).message}\n`)
    if (isOption) process.stderr.write('Try --help.\n')
    return isOption ? 2 : 1
  }
}

async function run(example: Example, { tour, once: isOnce, port }: Options): Promise<number> {
  const life = new EventEmitter().on('error', () => {}) // one is enough, and `ended` has it
  const ended = once(life, 'end')
  // Once: a second Ctrl-C ends at once what does not end by itself.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => life.emit('end'))
  }

  const services = await startServices(example.database, print)
  // What an earlier run left in a Redis that was there before is not of this run's database.
  const environment = {
    CACHE_ENVIRONMENT: `example-${process.pid}`,
    ...services.environment,
    ...example.environment,
  }
  const instances = (['A', 'B'] as const).map(
    (name, index) =>
      new Instance({
        name,
        file: example.service,
        environment,
        port: port === 0 ? 0 : port + index,
        print,
        onFailure: (error) => life.emit('error', error),
      }),
  ) as [Instance, Instance]

  let areFine: boolean[] = []
  try {
    await Promise.race([serve(), ended])
  } finally {
    areFine = await Promise.all(instances.map((instance) => instance.stop()))
    await services.stop()
  }
  return areFine.every(Boolean) ? 0 : 1

  async function serve(): Promise<void> {
    await Promise.all(instances.map((instance) => instance.start()))
    if (tour) await example.tour(tourOf(instances, environment, print))
    if (isOnce) return
    const [a, b] = instances.map(({ url }) => url) as [string, string]
    print(['', 'listening; try', ...example.tries(a, b), '(Ctrl-C ends it)'].join('\n'))
    await ended
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
