import { Background } from './background.ts'
import type { Clock } from './clock.ts'
import { Counters } from './counters.ts'
import { Deadline } from './deadline.ts'
import { type Isolate, isolateFor } from './isolate.ts'
import { Report } from './report.ts'
import type { Settings } from './settings.ts'

/** What the read path and the write path of one cache share. */
export interface Context {
  readonly settings: Settings
  readonly clock: Clock
  readonly counters: Counters
  readonly report: Report
  readonly background: Background
  /** Signals of the loaders that run now. */
  readonly aborts: Set<AbortController>
  /** Bounds waits for the shared tier by its timeout. */
  readonly deadline: Deadline
  /** What is done once to a value that enters L1. */
  readonly isolate: Isolate
}

export function newContext(settings: Settings, clock: Clock): Context {
  const counters = new Counters()
  return {
    settings,
    clock,
    counters,
    report: new Report(settings.namespace, counters, clock),
    background: new Background(),
    aborts: new Set(),
    deadline: new Deadline(clock, settings.timeout),
    isolate: isolateFor(settings.isolation),
  }
}
