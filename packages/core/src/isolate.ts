/** Makes a value safe to hand out to many. */
export type Isolate = (value: unknown) => unknown

/**
 * Freezes plain objects and arrays, all the way down; what is frozen already is not entered. Class
 * instances, dates, maps, sets and buffers are left as they are: they may need to change inside.
 */
function freeze(value: unknown): unknown {
  if (typeof value !== 'object') return value
  // A list and not the stack, which a value that is nested deep would use up.
  const left: unknown[] = [value]
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (typeof part !== 'object' || part === null || Object.isFrozen(part)) continue
    if (Array.isArray(part)) {
      for (let i = 0; i < part.length; i++) if (typeof part[i] === 'object') left.push(part[i])
    } else if (isPlain(part)) {
      for (const name in part) {
        const inner = (part as Record<string, unknown>)[name]
        if (typeof inner === 'object') left.push(inner)
      }
    } else continue
    Object.freeze(part)
  }
  return value
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What the option `l1.isolation` does to a value that enters L1. */
export function isolateFor(isolation: 'freeze' | 'clone' | 'share'): Isolate {
  if (isolation === 'freeze') return freeze
  return isolation === 'clone' ? (value) => structuredClone(value) : (value) => value
}
