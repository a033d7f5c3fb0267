import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { EventEmitter, once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { chaos } from './chaos/chaos.ts'
import { Cluster } from './cluster.ts'
import { Monitor } from './monitor.ts'
import type { Options } from './options.ts'
import type { Progress } from './report/progress.ts'
import { quantiles } from './report/quantiles.ts'
import { type Result, verdictOf } from './report/result.ts'

const SHOW_EVERY = 200
/** Longest that the checker may take for its last requests, and then beyond the bound to settle. */
const END_WITHIN = 15_000
const SETTLE_WITHIN = 60_000

/** Runs the demo until its time is over or `interrupt`, and leaves nothing behind. */
export async function run(
  options: Options,
  progress: Progress,
  interrupt: AbortSignal,
): Promise<Result> {
  const redis = await startRedis({ log: (line) => progress.say(line) })
  try {
    return await runOn(redis, options, progress, interrupt)
  } finally {
    await redis.stop()
  }
}

async function runOn(
  redis: DevRedis,
  options: Options,
  progress: Progress,
  interrupt: AbortSignal,
): Promise<Result> {
  const monitor = new Monitor()
  const messages = new EventEmitter()
  const crash = new AbortController()
  const cluster = new Cluster(options, redis, {
    onSample: (incarnation, sample) => monitor.sample(incarnation, sample, cluster.incarnations),
    onChecker: (message) => {
      monitor.checker(message)
      messages.emit(message.type)
    },
    onCrash: (reason) => crash.abort(new Error(reason)),
  })
  try {
    await cluster.start()
    progress.say(
      `${options.instances} instances, ${nameOf(redis)}, seed ${options.seed}, ` +
        `bound ${options.bound} ms, faults ${options.faults ? 'on' : 'off'}`,
    )
    const seconds = await drive()
    return {
      options,
      redis: nameOf(redis),
      seconds,
      isInterrupted: interrupt.aborted,
      tally: monitor.tally,
      totals: monitor.totals,
      lag: monitor.lag,
      faults: monitor.faults,
      recovery: quantiles(monitor.recovery.times),
      settled: monitor.settled,
      processes: cluster.started,
      verdict: verdictOf(options, monitor.tally, monitor.settled),
    }
  } finally {
    await cluster.stop()
  }

  /** Traffic and faults for the time that was asked for, then peace. Gives the seconds of traffic. */
  async function drive(): Promise<number> {
    const over = AbortSignal.any([
      interrupt,
      crash.signal,
      AbortSignal.timeout(options.seconds * 1_000),
    ])
    const began = performance.now()
    const elapsed = (): number => (performance.now() - began) / 1_000
    const timer = setInterval(() => progress.show(monitor.line(elapsed())), SHOW_EVERY)
    try {
      cluster.tell({ type: 'begin' })
      if (options.faults) await chaos(world(), options, monitor.recovery, over)
      else await delay(options.seconds * 1_000, undefined, { signal: over }).catch(() => {})
      const seconds = elapsed()
      cluster.tell({ type: 'end' })
      await heard('ended', END_WITHIN)
      if (!interrupt.aborted) {
        cluster.tell({ type: 'settle' })
        await heard('settled', SETTLE_WITHIN + options.bound)
      }
      return seconds
    } finally {
      clearInterval(timer)
      progress.end()
    }
  }

  async function heard(type: string, within: number): Promise<void> {
    const signal = AbortSignal.any([crash.signal, AbortSignal.timeout(within)])
    try {
      await once(messages, type, { signal })
    } catch (error) {
      crash.signal.throwIfAborted()
      throw new Error(`the checker has not ${type} within ${within} ms`, { cause: error })
    }
  }

  function world(): Parameters<typeof chaos>[0] {
    const { proxies } = cluster
    return { redis, proxies, replace: (instance, pause) => cluster.replace(instance, pause) }
  }
}

function nameOf({ version, external }: DevRedis): string {
  return `Redis ${version ?? ''}${external ? ' (yours)' : ''}`.trim()
}
