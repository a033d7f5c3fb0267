import { parseArgs } from 'node:util'
import { judgeMutant } from './mutants.ts'
import { MUTATIONS, type Mutation } from './mutations.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
  },
})

/** Takes away each rule in turn, and tells after how many worlds that was noticed. */
const waiting = MUTATIONS.filter(({ rule }) => rule.includes(values.only))
const missed: Mutation[] = []
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await judge(next)
  }),
)
if (missed.length > 0) process.exitCode = 1

async function judge(mutation: Mutation): Promise<void> {
  const { rule, uncaught } = mutation
  const { isCaught, said } = await judgeMutant(mutation, Number(values.seeds), Number(values.from))
  if (!isCaught && uncaught === undefined) missed.push(mutation)
  console.log(`${isCaught ? 'caught' : 'MISSED'}  ${rule}: ${said || (uncaught ?? '')}`)
}
