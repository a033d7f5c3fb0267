/** Makes a value safe to hand out to many. */
export type Isolate = (value: unknown) => unknown

/**
 * Freezes plain objects and arrays, all the way down; what is frozen already is not entered. Class
 * instances, dates, maps, sets and buffers are left as they are: they may need to change inside.
 */
function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || !isPlain(value)) {
    return value
  }
  Object.freeze(value)
  for (const part of Object.values(value)) if (typeof part === 'object') freeze(part)
  return value
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What the option `l1.isolation` does to a value that enters L1. */
export function isolateFor(isolation: 'freeze' | 'clone' | 'share'): Isolate {
  if (isolation === 'freeze') return freeze
  return isolation === 'clone' ? (value) => structuredClone(value) : (value) => value
}
