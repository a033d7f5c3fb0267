import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../support/until.ts'
import type { AnyFault } from './fault.ts'
import type { Fleet } from './fleet.ts'
import type { Instance } from './instance.ts'
import { type Judged, Ledger } from './ledger.ts'
import { Measured, type Noticed } from './measured.ts'
import { type Counts, now, type Traffic } from './orders.ts'
import { Source } from './source.ts'

/** How long and how hard. */
export interface RunOptions {
  /** Rounds of the fault are begun until so many seconds are over; at least one. */
  readonly seconds: number
  readonly readsPerSecond: number
  readonly writesPerSecond: number
}

/** What one fault did. */
export interface Report extends Judged {
  readonly fault: AnyFault
  readonly bound: number
  readonly ttl: number
  readonly rounds: number
  /** Writes acknowledged with 'everywhere', and with 'here'. */
  readonly writes: number
  readonly kept: number
  /** The last of those that it concerned to notice, over all rounds; absent if nobody did. */
  readonly noticed: Noticed | undefined
  /** Rounds in which one that it concerned did not notice by any of the expected signals. */
  readonly unnoticed: number
  /** Rounds in which it was noticed later than promised. */
  readonly late: number
  /** From the end of the fault until the last instance was well again, at most. */
  readonly wellAfter: number
  readonly loads: number
  readonly extraLoads: number
  readonly counts: Counts
  /** Answers after it was over and the bound had passed that were not what the source says. */
  readonly behind: number
  /** Why it could not be run to its end. */
  readonly failure: Error | undefined
}

const WARM_UP = 400
/** A beat is up to a tenth longer; how long a message may be behind an answer before it counts as lost. */
const LATEST_BEAT = 1.1
const GRACE = 100
/** What a slow machine may add to a promise in milliseconds. */
const NOISE = 2_000
/** How far a replica may be behind, on a slow machine. */
const REPLICATED_WITHIN = 500
const KEYS = 90
const GROUPS = 15
const TTL = 600_000
/** Of the values of a fault that promises nothing but the ttl. */
const SHORT_TTL = 3_000

let runs = 0

/** Does a fault to a fleet under load, again and again for as long as asked, and measures what came of it. */
export async function runFault(
  fault: AnyFault,
  fleet: Fleet,
  options: RunOptions,
): Promise<Report> {
  const desk = { source: new Source(KEYS), ledger: new Ledger() }
  const ttl = fault.isUntilTtl === true ? SHORT_TTL : TTL
  const { readsPerSecond, writesPerSecond } = options
  const traffic: Traffic = {
    run: `r${++runs}`,
    keys: KEYS,
    groups: GROUPS,
    ttl,
    readsPerSecond,
    writesPerSecond,
  }
  const measured = new Measured()
  const counts: Counts = { falseDrops: 0, hung: 0, failed: 0, longest: 0 }
  let behind = 0
  let failure: Error | undefined
  await fleet.allWell()
  fleet.sitAt(desk)
  const begin = (instance: Instance): void => instance.tell({ type: 'begin', traffic })
  for (const instance of fleet.instances) begin(instance)
  try {
    const end = now() + options.seconds * 1_000
    do {
      const before = new Set(fleet.instances)
      await pause(WARM_UP)
      await fleet.allWell()
      await doOnce(fault, fleet, measured, desk.ledger)
      for (const instance of fleet.instances) if (!before.has(instance)) begin(instance)
      await pause(WARM_UP)
    } while (now() < end)
    await Promise.all(fleet.instances.map((one) => one.ask({ type: 'quieten' }, 'quiet')))
    await fleet.allWell()
    // From here on every answer has to be current.
    await pause(Math.max(fleet.bound, fault.isUntilTtl === true ? ttl : 0))
    // What a killed instance had committed and told nobody is known to nobody until its ttl.
    const untold = fault.isUntilTtl === true ? new Set<number>() : untoldKeys(measured.dead)
    behind = await countBehind(fleet, desk.source.versions, untold)
  } catch (error) {
    failure = error as Error
  }
  if (fault.isUntilTtl === true) promiseOfTheDead(measured.dead, desk.ledger)
  for (const instance of fleet.instances) {
    if (!instance.isAlive) continue
    try {
      add(counts, (await instance.ask({ type: 'end' }, 'ended')).counts)
    } catch (error) {
      failure ??= error as Error
    }
  }
  return {
    fault,
    bound: fleet.bound,
    ttl,
    ...desk.ledger.judge(fleet.bound),
    ...measured.result,
    writes: desk.ledger.everywhereCount,
    kept: desk.ledger.kept,
    loads: desk.source.loads,
    extraLoads: desk.source.extraLoads,
    counts,
    behind,
    failure,
  }
}

async function doOnce(
  fault: AnyFault,
  fleet: Fleet,
  measured: Measured,
  ledger: Ledger,
): Promise<void> {
  const { instances } = fleet
  const before = [...instances]
  const concerned = (fault.concerns ?? [...instances.keys()]).map(
    (index) => instances[index] as Instance,
  )
  const began = now()
  // The ground was opened under the name that the fault asks for.
  const { bound, namespace } = fleet
  const replace = (index: number): Promise<void> => fleet.replace(index)
  const world = { ...fleet.ground.at, instances, replace, bound, namespace }
  const undo = await fault.begin(world as never)
  await pause(duration(fault, fleet.bound))
  if (undo !== undefined) await undo()
  const ended = now()
  if (fault.noticedBy !== undefined) await untilNoticed(fault, concerned, began)
  await fleet.allWell()
  const wellAt = Math.max(...fleet.instances.map(({ stateAt }) => stateAt))
  measured.wellAfter = Math.max(measured.wellAfter, wellAt - ended)
  if (fault.losesData === true) ledger.lost(began - REPLICATED_WITHIN, Math.max(wellAt, ended))
  const isByBeat = fault.noticedWithin === 'a beat'
  const deadline = isByBeat ? ended + fleet.beat * LATEST_BEAT + GRACE : began + bound
  measured.notice(fault, concerned, began, deadline + NOISE)
  measured.dead.push(...before.filter(({ isAlive }) => !isAlive))
}

/** What a killed writer had committed and told nobody: counted as if it had, to see how long it is served. */
function promiseOfTheDead(dead: readonly Instance[], ledger: Ledger): void {
  for (const { id, unfinished } of dead) {
    for (const { keys, versions, at } of unfinished.values()) {
      ledger.written(id, keys, versions, 'everywhere', at)
    }
  }
}

/** Gives what is noticed with the next beat or the next message the time to be. */
async function untilNoticed(
  fault: AnyFault,
  concerned: readonly Instance[],
  from: number,
): Promise<void> {
  const isNoticed = ({ signals, isAlive }: Instance): boolean =>
    !isAlive ||
    signals.some(({ signal, at }) => at >= from && fault.noticedBy?.includes(signal) === true)
  await until('the fault to be noticed', () => concerned.every(isNoticed)).catch(() => {}) // counted
}

function duration({ lasts }: AnyFault, bound: number): number {
  if (lasts === 'a moment') return 0
  return lasts === 'a glitch' ? bound / 2 : bound * 1.5
}

function untoldKeys(dead: readonly Instance[]): ReadonlySet<number> {
  return new Set(
    dead.flatMap(({ unfinished }) => [...unfinished.values()].flatMap(({ keys }) => keys)),
  )
}

async function countBehind(
  fleet: Fleet,
  versions: readonly number[],
  untold: ReadonlySet<number>,
): Promise<number> {
  const answers = await Promise.all(
    fleet.instances.map((instance) => instance.ask({ type: 'verify' }, 'verified')),
  )
  let behind = 0
  for (const { versions: answered } of answers) {
    for (const [key, version] of versions.entries()) {
      if (answered[key] !== version && !untold.has(key)) behind++
    }
  }
  return behind
}

function add(sum: Counts, { falseDrops, hung, failed, longest }: Counts): void {
  sum.falseDrops += falseDrops
  sum.hung += hung
  sum.failed += failed
  sum.longest = Math.max(sum.longest, longest)
}
