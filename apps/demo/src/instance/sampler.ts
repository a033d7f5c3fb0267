import { type BusRecord, CHANNELS, type InvalidationRecord, type WriteRecord } from '@tiercel/core'
import { subscribe } from 'node:diagnostics_channel'
import { hostNow } from '../clock.ts'
import type { Call, Instant, Sample } from './messages.ts'

/** Listens on the cache's diagnostics channels from now on; gives a function that takes what was heard. */
export function sampler(): () => Pick<Sample, 'called' | 'applied' | 'rebased'> {
  let called: Call[] = []
  let applied: Instant[] = []
  let rebased: number[] = []
  subscribe(CHANNELS.write, (message) => {
    const { keys, tags, operation, receipt, ms } = message as WriteRecord
    const at = hostNow() - ms
    const isKept = receipt === 'here'
    for (const what of named(keys, tags, operation === 'clear')) called.push({ what, at, isKept })
  })
  subscribe(CHANNELS.invalidation, (message) => {
    const { origin, keys, tags, clear } = message as InvalidationRecord
    if (origin !== 'peer') return
    const at = hostNow()
    for (const what of named(keys, tags, clear)) applied.push({ what, at })
  })
  subscribe(CHANNELS.bus, (message) => {
    if ((message as BusRecord).state === 'rebased') rebased.push(hostNow())
  })
  return () => {
    const heard = { called, applied, rebased }
    called = []
    applied = []
    rebased = []
    return heard
  }
}

function named(keys: readonly string[], tags: readonly string[], clear: boolean): string[] {
  const names = [...keys.map((key) => `key ${key}`), ...tags.map((tag) => `tag ${tag}`)]
  return clear ? [...names, 'all'] : names
}
