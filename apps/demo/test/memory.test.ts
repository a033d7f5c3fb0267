import { expect, test } from 'vitest'
import { MemoryLog, anyGrows } from '../src/report/memory.ts'
import { trendOf } from '../src/report/trend.ts'
import { type Random, seeded } from '../src/random.ts'

const MB = 1_048_576
const EVERY = 5_000
const MINUTES = 15

/** A process that is looked at for so many minutes: megabytes in use at an age in minutes. */
function live(
  log: MemoryLog,
  incarnation: number,
  inUse: (age: number) => number,
  { minutes = MINUTES, instance = 0 } = {},
): void {
  for (let age = EVERY; age <= minutes * 60_000; age += EVERY) {
    const used = inUse(age / 60_000) * MB
    const told = { type: 'memory', age, inUse: used, code: 5 * MB, resident: 2 * used } as const
    log.add({ instance, incarnation }, told)
  }
}

/** What comes and goes: buffers of each moment, now and then many at once. */
function noise(random: Random): number {
  return random() + (random() < 0.05 ? 15 * random() : 0)
}

function growing(...lives: ((age: number) => number)[]): boolean | undefined {
  const log = new MemoryLog()
  for (const [i, life] of lives.entries()) live(log, i + 1, life)
  return anyGrows(log.result())
}

test('noise is not growth, whatever its seed', () => {
  let alarms = 0
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed, 'memory')
    if (growing(() => 27 + noise(random)) === true) alarms++
  }
  expect(alarms).toBe(0)
})

test('what a process settles with in its first minute is not growth', () => {
  const random = seeded(1, 'memory')
  expect(growing((age) => 27 - 8 * Math.exp(-5 * age) + noise(random))).toBe(false)
})

test('a leak is found under the same noise, whatever its seed, in one process of several', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seeded(seed, 'memory')
    const leak = (age: number): number => 27 + (12 * age) / 60 + noise(random)
    expect(growing(leak)).toBe(true)
    expect(growing(() => 27 + noise(random), leak)).toBe(true)
  }
})

test('its size is told, with an error that has it', () => {
  const random = seeded(3, 'memory')
  const log = new MemoryLog()
  live(log, 1, (age) => 27 + (12 * age) / 60 + noise(random))
  const [life] = log.result().lasting
  expect(life).toMatchObject({ instance: 0, isGrowing: true })
  expect(Math.abs((life?.perHour ?? 0) - 12)).toBeLessThan(life?.error ?? 0)
  expect(life?.error).toBeLessThan(6)
  expect(life?.inUse[2]).toBeGreaterThan((life?.inUse[0] ?? 0) + 1)
})

test('a step that stays is growth, one that goes is not', () => {
  const random = seeded(4, 'memory')
  expect(growing((age) => (age > 8 ? 33 : 27) + noise(random))).toBe(true)
  expect(growing((age) => (age > 7 && age < 9 ? 33 : 27) + noise(random))).toBe(false)
})

test('what a process lets go of at once does not hide what it gathers, nor looks like it', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seeded(seed, 'memory')
    const letGo = (age: number): number => (age > 2 + (seed % 12) ? 27 : 31.5) + noise(random)
    expect(growing((age) => letGo(age) + (18 * age) / 60)).toBe(true)
    expect(growing(letGo)).toBe(false)
  }
})

test('who lived for a short time is compared at one age, by when it began', () => {
  const log = new MemoryLog()
  live(log, 1, () => 27)
  for (let i = 2; i <= 31; i++) live(log, i, () => 20 + i, { minutes: 0.5, instance: 3 })
  live(log, 32, () => 99, { minutes: 0.1, instance: 3 })
  const { lasting, restarted } = log.result()
  expect(lasting).toHaveLength(1)
  expect(restarted).toMatchObject({ lives: 30, age: 10, inUse: [26.5, 36.5, 46.5] })
})

test('a short run says nothing', () => {
  const log = new MemoryLog()
  expect(anyGrows(log.result())).toBeUndefined()
  live(log, 1, (age) => 27 + 10 * age, { minutes: 2.5 })
  expect(anyGrows(log.result())).toBeUndefined()
  expect(log.result()).toEqual({ lasting: [], restarted: undefined })
})

test('the interval of a slope has the truth in 95 of 100', () => {
  let held = 0
  for (let seed = 0; seed < 1_000; seed++) {
    const random = seeded(seed, 'slope')
    const points = Array.from({ length: 120 }, (_, i) => [i, 3 * i + 40 * random()] as const)
    const { slope, error } = trendOf(points, Infinity) ?? { slope: 0, error: 0 }
    if (Math.abs(slope - 3) <= error) held++
  }
  expect(held).toBeGreaterThan(920)
  expect(held).toBeLessThan(980)
})
