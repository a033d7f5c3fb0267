import { HELP, OptionError, parseOptions } from './options.ts'
import { type Trial, rehearse } from './rehearse.ts'

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2))
    if (options === 'help') {
      process.stdout.write(HELP)
      return 0
    }
    const trials = await rehearse(options, (line) => console.error(`  ${line}`))
    for (const trial of trials) print(trial)
    return trials.every(({ checks }) => checks.every(({ error }) => error === undefined)) ? 0 : 1
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    console.error(error.message)
    return 2
  }
}

function print({ package: name, version, manager, checks }: Trial): void {
  console.log(`\n${name}@${version}, installed alone by ${manager}`)
  for (const check of checks) {
    console.log(`  ${check.error === undefined ? 'pass' : 'FAIL'}  ${check.name}`)
    if (check.error !== undefined) console.log(`${(check.error as Error).message}\n`)
  }
}
