import type { AnyFault } from './fault.ts'
import { BOOKKEEPING } from './scenarios/bookkeeping.ts'
import { CONTAINERS } from './scenarios/containers.ts'
import { CONNECTIONS } from './scenarios/connections.ts'
import { FAIL_OVERS } from './scenarios/fail-overs.ts'
import { PROCESSES } from './scenarios/processes.ts'
import { SERVER } from './scenarios/server.ts'

/** Every fault of the suite. */
export const FAULTS: readonly AnyFault[] = [
  ...CONNECTIONS,
  ...BOOKKEEPING,
  ...SERVER,
  ...PROCESSES,
  ...FAIL_OVERS,
  ...CONTAINERS,
]
