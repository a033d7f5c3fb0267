/** Nanoseconds as people say them. */
export function duration(ns: number): string {
  if (ns < 1_000) return `${ns.toPrecision(3)} ns`
  if (ns < 1_000_000) return `${(ns / 1_000).toPrecision(3)} µs`
  return `${(ns / 1_000_000).toPrecision(3)} ms`
}

/** Nanoseconds per call as calls per second. */
export function rate(ns: number): string {
  const perSecond = 1e9 / ns
  return perSecond < 1e6
    ? `${(perSecond / 1e3).toPrecision(3)} k/s`
    : `${(perSecond / 1e6).toPrecision(3)} M/s`
}

export function bytes(count: number): string {
  return `${Math.round(count)} B`
}
