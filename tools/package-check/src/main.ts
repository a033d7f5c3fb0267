/** `check:pkg` of all published packages together: prints what they weigh, and fails if anything is wrong. */
import { fileURLToPath } from 'node:url'
import { licencesOf } from './licences.ts'
import { LIMITS } from './limits.ts'
import { publishedPackages } from './packages.ts'
import { findingsOf, licenceProblems, unusedLimits } from './problems.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const packages = await publishedPackages(ROOT)
const problems = unusedLimits(LIMITS, packages)
for (const one of packages) {
  const findings = await findingsOf(one, LIMITS)
  problems.push(...findings.problems)
  for (const [entry, bytes] of findings.sizes) {
    console.log(`${entry.padEnd(32)} ${String(bytes).padStart(7)} of ${LIMITS[entry] ?? '-'} bytes`)
  }
}
const licences = await licencesOf(ROOT)
problems.push(...licenceProblems(licences))
console.log(`licences: ${[...licences.keys()].toSorted().join(', ')}`)

for (const problem of problems) console.error(`✗ ${problem}`)
if (problems.length > 0) {
  console.error('Limits are in tools/package-check/src/limits.ts, licences in licences.ts.')
  process.exitCode = 1
}
