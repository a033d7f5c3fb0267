import { adapterContract } from '@tiercel/http-contract'
import { areRun, programOf } from '@tiercel/runtimes'
import { describe } from 'vitest'
import { serveOn } from './support/serve-on.ts'

const BUN = [programOf('bun'), '--conditions=@tiercel/source'] as const
const DENO = [programOf('deno'), 'run', '-A', '--no-check', '--conditions=@tiercel/source'] as const

describe.runIf(areRun)('on Bun and Deno, which "npm run runtimes" fetches', () => {
  adapterContract('Hono on Bun', serveOn(BUN, 'hono'))
  adapterContract('a handler without a framework on Bun', serveOn(BUN, 'none'))
  adapterContract('Hono on Deno', serveOn(DENO, 'hono'))
  adapterContract('a handler without a framework on Deno', serveOn(DENO, 'none'))
})
