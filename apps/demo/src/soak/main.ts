/** `npm run soak`: runs the checker under faults, run after run, and writes down what it saw. */
import { readFileSync } from 'node:fs'
import { Progress } from '../report/progress.ts'
import { anyGrows } from '../report/memory.ts'
import { count, ruleOfThree } from '../report/result.ts'
import { table } from '../report/table.ts'
import { OptionError } from '../options.ts'
import { run } from '../run.ts'
import { HELP, type SoakOptions, parseSoakOptions } from './options.ts'
import { append, recordOf } from './record.ts'

const EXIT = { coherent: 0, incoherent: 1, badOptions: 2, interrupted: 130 }
const LINE_EVERY = 10_000

try {
  const options = parseSoakOptions(process.argv.slice(2))
  if (options === 'help') end(process.stdout, HELP, EXIT.coherent)
  else end(process.stdout, ...(await soak(options)))
} catch (error) {
  const isOption = error instanceof OptionError
  const text = `soak: ${(error as Error).message}\n${isOption ? 'Try --help.\n' : ''}`
  end(process.stderr, text, isOption ? EXIT.badOptions : EXIT.incoherent)
}

/** What is to be printed, and the exit code. */
async function soak({ runs, isRecorded }: SoakOptions): Promise<[string, number]> {
  const interrupt = new AbortController()
  // Once: a second Ctrl-C ends at once what does not end by itself.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupt.abort())
  }
  let [reads, incoherent, growing] = [0, 0, 0]
  for (const options of runs) {
    if (interrupt.signal.aborted) break
    const result = await run(options, new Progress(process.stdout, LINE_EVERY), interrupt.signal)
    reads += result.tally.reads
    if (!result.verdict.isCoherent) incoherent++
    if (anyGrows(result.memory)) growing++
    process.stdout.write(table(result))
    if (isRecorded) append(recordOf(result, versionOfCore()))
  }
  const sum =
    incoherent === 0
      ? `${count(reads)} reads in ${runs.length} runs, none against the cache (${ruleOfThree(reads)}).`
      : `${count(reads)} reads in ${runs.length} runs, ${incoherent} of which were not coherent.`
  const memory = growing > 0 ? `The memory of a process grew in ${growing} of them.\n` : ''
  const code = incoherent + growing > 0 ? EXIT.incoherent : EXIT.coherent
  return [`\n${sum}\n${memory}`, interrupt.signal.aborted ? EXIT.interrupted : code]
}

function versionOfCore(): string {
  const file = new URL('../package.json', import.meta.resolve('@tiercel/core'))
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** Prints and exits, whatever is left: nothing that matters is. */
function end(out: NodeJS.WriteStream, text: string, code: number): void {
  out.write(text, () => process.exit(code))
}
