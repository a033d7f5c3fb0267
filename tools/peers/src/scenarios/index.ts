import type { Scenario } from '../scenario.ts'
import { lostMessage } from './lost-message.ts'
import { overtakenRead } from './overtaken-read.ts'
import { paused } from './paused.ts'
import { redisLost } from './redis-lost.ts'
import { slowLoad } from './slow-load.ts'
import { stampede } from './stampede.ts'
import { throughput } from './throughput.ts'
import { values } from './values.ts'

export const SCENARIOS: readonly Scenario[] = [
  slowLoad,
  overtakenRead,
  lostMessage,
  redisLost,
  paused,
  stampede,
  values,
  throughput,
]
