import { AcquireBatch } from './load/acquire-batch.ts'
import { Originator } from './coherence/originate.ts'
import { View } from './coherence/view.ts'
import { Watch } from './coherence/watch.ts'
import type { Context } from './context.ts'
import { onRead, onReadFailed } from './read/find.ts'
import { GuardedL2, type GuardListener } from './guarded-l2.ts'
import { Limiter } from './load/limiter.ts'
import { ReadBatch } from './read/read-batch.ts'
import { Shard, type Shared } from './shard.ts'
import type { L1, L2 } from './tiers.ts'

/** Fills of one shard under way, those that wait for them, and how long. */
const FILLS = { most: 128, mostWaiting: 16_384, longestWait: 10_000 }

/** Least time between two reports of errors of one shard: an outage has thousands a second. */
const REPORT_PAUSE = 1_000

/** What a shard asks of the connections it shares with the others. */
export interface Links {
  /** The subscription is deaf. */
  resubscribe(): void
  /** Redis has not answered for some beats. */
  reconnect(): void
  /** Redis answered a beat. */
  onAnswer(): void
}

/** Beats in a row without an answer before the connection itself is given up. */
const SILENT_BEATS = 3

/** Puts a shard together. Without `l2` it is this process's alone: nothing to ask, nothing to miss. */
export function openShard(
  context: Context,
  l1: L1,
  l2: L2 | undefined,
  index: number,
  links: Links,
): Shard {
  const { settings } = context
  const view = new View(l2 === undefined ? Infinity : settings.maxStaleness)
  const shard = new Shard(settings.namespace, index, view, l1, settings.cache)
  if (l2 === undefined) view.trustUntil = Infinity
  else shard.shared = openShared(context, shard, l2, links)
  shard.originator = new Originator(context, shard, shard.shared)
  return shard
}

function openShared(context: Context, shard: Shard, l2: L2, links: Links): Shared {
  const { settings, clock, counters, report } = context
  const { index } = shard
  const listener: GuardListener = {
    onState: (state, error) => report.tier({ shard: index, state, error }),
    onError: (error) => {
      counters.tierErrors++
      reportError(error)
    },
    onTrip: (operation, outcome, ms) => report.trip({ shard: index, operation, outcome, ms }),
  }
  const replication = settings.durability?.timeout ?? 0
  const guarded = new GuardedL2(l2, clock, settings.timeout, listener, replication)
  let reportedAt = -Infinity
  function reportError(error: unknown): void {
    const now = clock.now()
    if (now - reportedAt < REPORT_PAUSE) return
    reportedAt = now
    report.tier({ shard: index, state: 'error', error })
  }
  let silentBeats = 0
  const watch = new Watch(shard, guarded, clock, settings, {
    flush: () => shard.originator.flush(),
    isKeeping: () => shard.originator.kept > 0,
    onAnswer: () => {
      silentBeats = 0
      links.onAnswer()
    },
    onConfirmed: (ms) => report.beat({ shard: index, ms }),
    onSameServer: (at) => shard.originator.answered(at),
    onOther: (inc) => shard.originator.heal(inc),
    onDataLoss: () => {
      counters.dataLosses++
      report.bus({ state: 'data-loss', shard: index })
      if (settings.onDataLoss === 'clear') shard.originator.healAll()
    },
    onRebase: () => {
      counters.rebases++
      report.bus({ state: 'rebased', shard: index })
      links.onAnswer()
    },
    onGap: () => {
      counters.gaps++
      report.bus({ state: 'gap', shard: index })
    },
    onDeaf: () => {
      counters.reconnects++
      links.resubscribe()
    },
    onError: (error) => {
      reportError(error)
      silentBeats++
      if (silentBeats % SILENT_BEATS === 0) links.reconnect()
    },
  })
  const shared: Shared = {
    l2: guarded,
    watch,
    reads: new ReadBatch(
      guarded,
      clock,
      (...read) => onRead(context, shard, shared, ...read),
      (flight) => onReadFailed(shard, flight),
    ),
    rights: new AcquireBatch(guarded, clock, settings.leaseTtl),
    fills: new Limiter(clock, FILLS),
  }
  return shared
}
