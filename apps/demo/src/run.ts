import { setTimeout as delay } from 'node:timers/promises'
import { chaos } from './chaos/chaos.ts'
import { linkLane, noiseLane } from './chaos/instances.ts'
import { settle } from './checker/settle.ts'
import { isClean } from './checker/tally.ts'
import { hostNow } from './clock.ts'
import { Fleet } from './fleet.ts'
import { WARM_UP } from './instance/ping.ts'
import { Monitor } from './monitor.ts'
import type { Options } from './options.ts'
import type { Progress } from './report/progress.ts'
import { quantiles } from './report/quantiles.ts'
import { type Result, verdictOf } from './report/result.ts'
import { startTopology } from './topology/start.ts'
import type { Topology } from './topology/topology.ts'

const SHOW_EVERY = 200
const LOOK_EVERY = 50
/** Longest that is waited for all instances to be well before and after a fault that needs them. */
const WELL_WITHIN = 15_000
/** The part of the run before the faults, in which the ways of messages are measured, and its limit. */
const CALM_SHARE = 0.1
const LONGEST_CALM = 60_000

/** Runs the demo until its time is over or `interrupt`, and leaves nothing behind. */
export async function run(
  options: Options,
  progress: Progress,
  interrupt: AbortSignal,
): Promise<Result> {
  const namespace = `demo:${process.pid}:${Date.now().toString(36)}`
  const say = (line: string): void => progress.say(line)
  const topology = await startTopology(options.topology, namespace, say)
  try {
    return await runOn(topology, namespace, options, progress, interrupt)
  } finally {
    await topology.stop()
  }
}

async function runOn(
  topology: Topology,
  namespace: string,
  options: Options,
  progress: Progress,
  interrupt: AbortSignal,
): Promise<Result> {
  const monitor = new Monitor(options.bound)
  const crash = new AbortController()
  const { tally } = monitor.checker
  const fleet = new Fleet(options, topology, namespace, {
    onMessage: (peer, message) => monitor.see(peer, message, fleet.incarnations),
    onDown: ({ incarnation }) => monitor.checker.down(incarnation),
    onCrash: (reason) => crash.abort(new Error(reason)),
  })
  try {
    await fleet.start()
    progress.say(
      `${options.instances} instances, ${topology.name}, seed ${options.seed}, ` +
        `bound ${options.bound} ms, faults ${options.faults ? 'on' : 'off'}`,
    )
    const seconds = await drive()
    if (!interrupt.aborted) crash.signal.throwIfAborted()
    const settled = interrupt.aborted
      ? undefined
      : await settle(monitor.checker, fleet, options.bound)
    return {
      options,
      version: topology.version,
      redis: topology.name,
      seconds,
      isInterrupted: interrupt.aborted,
      tally,
      totals: monitor.totals,
      lag: monitor.lag,
      ping: monitor.ping,
      loop: monitor.loop,
      faults: monitor.faults,
      recovery: quantiles(monitor.recovery.times),
      memory: monitor.memory.result(),
      settled,
      processes: fleet.started,
      verdict: verdictOf(options, tally, settled),
    }
  } finally {
    await fleet.stop()
  }

  /** Traffic and faults for as long as was asked for, then peace. Gives the seconds of traffic. */
  async function drive(): Promise<number> {
    const enough = new AbortController()
    const over = AbortSignal.any([
      interrupt,
      crash.signal,
      enough.signal,
      AbortSignal.timeout(options.seconds * 1_000),
    ])
    const began = performance.now()
    const elapsed = (): number => (performance.now() - began) / 1_000
    const timer = setInterval(() => {
      progress.show(monitor.line(elapsed()))
      const isCaught = options.broken !== undefined && !isClean(tally)
      if (tally.reads >= options.reads || isCaught) enough.abort()
    }, SHOW_EVERY)
    try {
      fleet.begin()
      await pause(WARM_UP, over)
      monitor.isCalm = true
      await pause(options.faults ? calmOf(options) : options.seconds * 1_000, over)
      crash.signal.throwIfAborted()
      await fleet.storm()
      monitor.isCalm = false
      if (options.faults) await doFaults(over)
      const seconds = elapsed()
      crash.signal.throwIfAborted()
      await fleet.end()
      return seconds
    } finally {
      clearInterval(timer)
      progress.end()
    }
  }

  function doFaults(over: AbortSignal): Promise<void> {
    const world = {
      links: fleet.links,
      replace: fleet.replace.bind(fleet),
      freeze: fleet.freeze.bind(fleet),
    }
    const lanes = [linkLane(world), noiseLane(world)]
    if (topology.lane !== undefined) lanes.push(topology.lane)
    const longest = (options.seconds * 1_000) / 2
    const { seed, bound, instances } = options
    const events = {
      begin: (kind: string) => monitor.recovery.begin(kind),
      end: (kind: string) => monitor.recovery.end(kind),
      failed: (kind: string, error: unknown) => progress.say(`${kind}: ${String(error)}`),
      well: () => well(over),
    }
    return chaos(lanes, instances, { seed, bound, longest }, events, over)
  }

  async function well(over: AbortSignal): Promise<void> {
    const since = hostNow()
    while (!monitor.isWell(fleet.incarnations, since)) {
      if (over.aborted || hostNow() - since > WELL_WITHIN) return
      await delay(LOOK_EVERY)
    }
  }
}

function calmOf({ seconds }: Options): number {
  return Math.min(seconds * 1_000 * CALM_SHARE, LONGEST_CALM)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}
