/** Takes away each rule in turn, and prints a table of who noticed: a world, by its seed, or a test. */
import { parseArgs } from 'node:util'
import { judgeMutant } from './mutants.ts'
import { MUTATIONS, type Mutation } from './mutations.ts'

const USAGE = `npm run mutations -- [options]
  --seeds N    so many worlds may notice a missing rule (default 20000)
  --from K     the first seed (default 1)
  --only TEXT  the rules that contain this
  --jobs N     so many at once (default 2)
  --list       the rules, and the test that has to notice where no world can
Ends with 1 if a missing rule is not noticed.`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const chosen = MUTATIONS.filter(({ rule }) => rule.includes(values.only))
if (values.help) {
  console.log(USAGE)
  process.exit()
}
if (chosen.length === 0) {
  console.error(`no rule contains "${values.only}"; see --list`)
  process.exit(2)
}
if (values.list) {
  for (const { rule, test = 'worlds' } of chosen) console.log(`${rule}: ${test}`)
  process.exit()
}
const width = Math.max(...chosen.map(({ rule }) => rule.length))
const waiting = [...chosen]
let caught = 0
let equivalent = 0
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await judge(next)
  }),
)
const missed = chosen.length - caught - equivalent
console.log(`${chosen.length} rules: ${caught} caught, ${equivalent} equivalent, ${missed} missed`)
if (missed > 0) process.exitCode = 1

async function judge(mutation: Mutation): Promise<void> {
  const { isCaught, said } = await judgeMutant(mutation, Number(values.seeds), Number(values.from))
  if (isCaught) caught++
  else if (mutation.equivalent !== undefined) equivalent++
  const outcome = isCaught ? said : (mutation.equivalent ?? 'MISSED')
  console.log(`${mutation.rule.padEnd(width)}  ${outcome}`)
}
