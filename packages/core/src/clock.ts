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
