import { l1Get } from './benches/l1-get.ts'
import { l1Peek } from './benches/l1-peek.ts'
import { l2Hit } from './benches/l2-hit.ts'
import { set } from './benches/set.ts'
import { memory } from './benches/memory.ts'
import { http } from './benches/http.ts'
import { importTime } from './benches/import-time.ts'
import { type Row, isMet } from './harness/bench.ts'
import { Lab } from './harness/lab.ts'
import { tableOf } from './harness/table.ts'
import { type Options, helpOf, readOptions } from './options.ts'

const BENCHES = [l1Get, l1Peek, l2Hit, set, memory, importTime, http]

try {
  const options = readOptions(process.argv.slice(2), BENCHES)
  if (options.isHelp) console.log(helpOf(BENCHES))
  else if (globalThis.gc === undefined) throw new Error('bench: start node with --expose-gc')
  else print(await measure(options), options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function measure({ benches, isQuick }: Options): Promise<readonly Row[]> {
  const rows: Row[] = []
  await using lab = new Lab(isQuick, say)
  for (const bench of benches) {
    say(`${bench.name}: ${bench.about}`)
    rows.push(...(await bench.run(lab)))
  }
  return rows
}

function print(rows: readonly Row[], { isJson }: Options): void {
  const judged = rows.map((row) => ({ ...row, isMet: isMet(row) }))
  console.log(isJson ? JSON.stringify(judged, null, 2) : `\n${tableOf(rows)}`)
}

/** Progress goes where it does not mix with the table. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
