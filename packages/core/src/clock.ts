import { performance } from 'node:perf_hooks'

/** Stops a timer; a second call does nothing. */
export type Cancel = () => void

/** Time and chance, as one port: what a deterministic test replaces. */
export interface Clock {
  /** Monotonic milliseconds of this process. Never sent anywhere, never compared with another's. */
  now(): number
  /** Wall-clock milliseconds; read only to notice that the machine was suspended. */
  wall(): number
  /** Runs `task` once after `delay` milliseconds. Does not keep the process alive. */
  after(delay: number, task: () => void): Cancel
  /** Uniform in [0, 1). */
  random(): number
}

/** Resolves after `ms` milliseconds. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}

/** Resolves when `task` has, or after `ms` milliseconds. `task` must not reject. */
export function upTo(clock: Clock, ms: number, task: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    void task.then(cancel).then(resolve)
  })
}

/** Longest delay of a timer: with a longer one it would fire at once. */
const LONGEST_DELAY = 2_147_483_647

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delay, task) {
    const timer = setTimeout(task, Math.min(delay, LONGEST_DELAY))
    timer.unref()
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}
