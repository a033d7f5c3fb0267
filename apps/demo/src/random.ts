/** Numbers from 0 to 1, the same ones for the same seed. */
export type Random = () => number

/** The random numbers of `seed` for one purpose, so that no purpose disturbs another. */
export function seeded(seed: number, purpose: string): Random {
  let state = seed >>> 0
  for (const unit of purpose) state = Math.imul(state ^ (unit.codePointAt(0) as number), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function between(random: Random, from: number, to: number): number {
  return from + random() * (to - from)
}

/** One of `items`, of which there must be some. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T
}

/** `items` in another order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items]
  return items.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T)
}
