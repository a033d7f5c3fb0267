import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What listens while hits in L1 are measured; each in a process of its own, by turns. */
const SETUPS = ['off', 'loaded', 'prometheus', 'all'] as const
const ROUNDS = 5
/** Most that an L1 hit may cost with all of it on, over what it costs with it off. */
const AT_MOST = 2

const child = fileURLToPath(new URL('child.ts', import.meta.url))
const times = new Map<string, number[]>(SETUPS.map((setup) => [setup, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const setup of SETUPS) {
    const args = ['--conditions=@tiercel/source', '--no-warnings', child, setup]
    const { stdout } = await run(process.execPath, args)
    times.get(setup)?.push(Number(stdout))
  }
}

const median = (setup: (typeof SETUPS)[number]): number =>
  (times.get(setup) ?? []).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number

console.log('| an awaited hit in L1 | ns | over off |\n| --- | ---: | ---: |')
for (const setup of SETUPS) {
  const ratio = median(setup) / median('off')
  console.log(`| ${setup} | ${Math.round(median(setup))} | ${ratio.toFixed(2)} |`)
}
if (median('all') / median('off') > AT_MOST) process.exitCode = 1
