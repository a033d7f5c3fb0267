import { cpus } from 'node:os'
import { startRedis } from '@tiercel/dev-redis'
import { PEERS } from './adapters/index.ts'
import { Lab } from './lab.ts'
import { type Options, helpOf, readOptions } from './options.ts'
import { type Circumstances, reportOf } from './report.ts'
import { SCENARIOS } from './scenarios/index.ts'
import type { Finding } from './scenario.ts'

// A peer that fails where nobody listens would end the process that uses it, and this one.
process.on('unhandledRejection', (error) => say(`  unhandled rejection: ${String(error)}`))
process.on('uncaughtException', (error) => say(`  uncaught: ${String(error)}`))

try {
  const options = readOptions(process.argv.slice(2), PEERS, SCENARIOS)
  if (options.isHelp) console.log(helpOf(PEERS, SCENARIOS))
  else await measure(options)
  // Clients that reconnect for ever would keep the process.
  process.exit()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

async function measure({ rounds, peers, scenarios, isJson }: Options): Promise<void> {
  const lab = new Lab({ rounds, ttlMs: 12_000, pauseMs: 3_000, say })
  const findings: Finding[] = []
  for (const scenario of scenarios) {
    say(`${scenario.name}: ${scenario.about}`)
    findings.push(...(await scenario.run(peers, lab)))
  }
  const found = await circumstances()
  if (isJson) console.log(JSON.stringify({ ...found, findings }, null, 2))
  else console.log(reportOf(findings, peers, found))
}

async function circumstances(): Promise<Circumstances> {
  await using redis = await startRedis({ log: say })
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version.slice(1),
    redis: redis.version ?? 'of an unknown version',
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`,
  }
}

/** Progress goes where it does not mix with the table. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
