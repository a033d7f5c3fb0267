import { Background } from './background.ts'
import type { Clock } from './clock.ts'
import { Counters } from './counters.ts'
import { Deadline } from './deadline.ts'
import { Family } from './families/family.ts'
import { Limiter } from './load/limiter.ts'
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
  /** What loaders run in. */
  readonly places: Limiter
  /** Bounds waits for the shared tier by its timeout. */
  readonly deadline: Deadline
  /** The keys of no template, then the declared families. */
  readonly families: [Family, ...Family[]]
}

export function newContext(settings: Settings, clock: Clock): Context {
  const counters = new Counters()
  return {
    settings,
    clock,
    counters,
    report: new Report(settings, clock),
    background: new Background(),
    aborts: new Set(),
    places: new Limiter(clock, {
      most: settings.maxConcurrentLoads,
      mostWaiting: settings.loadQueue,
      longestWait: settings.loadQueueTimeout,
    }),
    deadline: new Deadline(clock, settings.timeout),
    families: [new Family(settings)],
  }
}
