/** `npm run demo`: reads its options, runs, prints what was seen, and says it again as exit code. */
import { HELP, OptionError, parseOptions } from './options.ts'
import { Progress } from './report/progress.ts'
import { table } from './report/table.ts'
import { run } from './run.ts'

const EXIT = { coherent: 0, incoherent: 1, badOptions: 2, interrupted: 130 }

try {
  end(process.stdout, ...(await main(process.argv.slice(2))))
} catch (error) {
  const isOption = error instanceof OptionError
  const text = `demo: ${(error as Error).message}\n${isOption ? 'Try --help.\n' : ''}`
  end(process.stderr, text, isOption ? EXIT.badOptions : EXIT.incoherent)
}

/** What is to be printed, and the exit code. */
async function main(args: readonly string[]): Promise<[string, number]> {
  const options = parseOptions(args)
  if (options === 'help') return [HELP, EXIT.coherent]
  const interrupt = new AbortController()
  // Once: a second Ctrl-C ends at once what does not end by itself.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => interrupt.abort())
  }
  const progress = new Progress(options.json ? process.stderr : process.stdout)
  const result = await run(options, progress, interrupt.signal)
  const text = options.json ? `${JSON.stringify(result, undefined, 2)}\n` : table(result)
  if (result.isInterrupted) return [text, EXIT.interrupted]
  return [text, result.verdict.isCoherent ? EXIT.coherent : EXIT.incoherent]
}

/** Prints and exits, whatever is left: nothing that matters is. */
function end(out: NodeJS.WriteStream, text: string, code: number): void {
  out.write(text, () => process.exit(code))
}
