import type { Proxy } from '@tiercel/dev-redis'
import { acquire } from '../../src/redis/scripts/acquire.ts'
import { publishing, publishingSharded } from '../../src/redis/scripts/change.ts'
import { counting, countingSharded } from '../../src/redis/scripts/count.ts'
import { extend } from '../../src/redis/scripts/extend.ts'
import { fill } from '../../src/redis/scripts/fill.ts'
import { hello } from '../../src/redis/scripts/hello.ts'
import { release } from '../../src/redis/scripts/release.ts'
import { bury } from '../../src/redis/scripts/bury.ts'
import { enqueuing, enqueuingSharded } from '../../src/redis/scripts/enqueue.ts'
import { letters } from '../../src/redis/scripts/letters.ts'
import { queueState } from '../../src/redis/scripts/queue-state.ts'
import { renew } from '../../src/redis/scripts/renew.ts'
import { restore } from '../../src/redis/scripts/restore.ts'
import { settle } from '../../src/redis/scripts/settle.ts'
import { take } from '../../src/redis/scripts/take.ts'
import { replay } from '../../src/redis/scripts/replay.ts'
import { swapping, swappingSharded } from '../../src/redis/scripts/swap.ts'
import { scan } from '../../src/redis/scripts/scan.ts'

interface Command {
  readonly name: string
  readonly args: readonly Buffer[]
}

type Is = (command: Command) => boolean

const SCRIPTS = {
  acquire: [acquire],
  change: [...Object.values(publishing), ...Object.values(publishingSharded)],
  extend: [extend],
  fill: [fill],
  hello: [hello],
  release: [release],
  replay: [replay],
  enqueue: [enqueuing, enqueuingSharded],
  take: [take],
  renew: [renew],
  settle: [settle],
  bury: [bury],
  queueState: [queueState],
  letters: [letters],
  restore: [restore],
  swap: [swapping, swappingSharded],
  count: [counting, countingSharded],
  scan: [scan],
}

/** Every script's source, to be loaded before a test counts on the order of commands. */
export const ALL_SCRIPTS: readonly string[] = Object.values(SCRIPTS)
  .flat()
  .map(({ lua }) => lua)

/** Whether a command runs the script `name`, for a matcher of the proxy; `about` is in an argument. */
export function runs(name: keyof typeof SCRIPTS, about = ''): Is {
  const scripts = SCRIPTS[name]
  return ({ name: verb, args }) =>
    scripts.some(
      ({ sha, lua }) =>
        (verb === 'EVALSHA' && String(args[0]) === sha) ||
        (verb === 'EVAL' && String(args[0]) === lua),
    ) && args.slice(1).some((arg) => arg.includes(about))
}

/** Whether a command is a read of L2 in which `about` is named. */
export function reads(about = ''): Is {
  return ({ name, args }) => name === 'MGET' && args.some((arg) => arg.includes(about))
}

/** Counts the commands that match, without holding any of them. */
export function countCommands(proxy: Proxy, matches: Is): () => number {
  let count = 0
  const look: Is = (command) => {
    if (matches(command)) count++
    return false
  }
  proxy.holdCommand(look, { timeout: 60_000 })
  return () => count
}
