import { ReadCounters } from '../counters.ts'
import { type Isolate, isolateFor } from '../isolate.ts'
import { Absences } from '../read/absences.ts'
import type { Settings } from '../settings.ts'

/**
 * Keys that are handled alike: those of one template, or all that belong to none. Every policy names
 * its family, so that who reads or stores a value knows how it becomes bytes, and whose it is.
 */
export class Family {
  /** The template with the namespace before it; absent for keys of no template. */
  readonly name: string | undefined
  /** Those of the cache, with the family's own codec and isolation. */
  readonly settings: Settings
  /** Whether every answer is a clone of what is held. */
  readonly isCloned: boolean
  /** What is done once to a value that enters L1. */
  readonly isolate: Isolate
  /** How its reads ended. */
  readonly reads: ReadCounters = new ReadCounters()
  readonly absences: Absences = new Absences()

  constructor(settings: Settings, name?: string) {
    this.name = name
    this.settings = settings
    this.isCloned = settings.isolation === 'clone'
    this.isolate = isolateFor(settings.isolation)
  }
}
