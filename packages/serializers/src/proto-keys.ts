const UNDERSCORE = 0x5f
/** The name has four. */
const FEW = 4
/** The name as V8 writes it, one or two bytes a letter, when bytes are read as one letter each. */
const NAME = /_(?:_proto__|\0_\0p\0r\0o\0t\0o\0_\0_)/

/** Whether structured-clone bytes hold the name at all, be it as a key or as text. */
export function mayNameProto(bytes: Buffer): boolean {
  // Looking for single underscores costs the least where there are few, as in small values.
  let at = -1
  for (let looks = 0; looks < FEW; looks++) {
    at = bytes.indexOf(UNDERSCORE, at + 1)
    if (at === -1) return false
  }
  return NAME.test(bytes.toString('latin1'))
}

/**
 * Deletes own `__proto__` properties from everything that a decoded value holds: harmless where they
 * are, they set a prototype as soon as somebody copies the object. Cycles and any depth are fine.
 */
export function removeProtoKeys(value: unknown): void {
  // A set visits what is added while it is walked, and each thing once.
  const held = new Set<unknown>([value])
  for (const next of held) {
    if (typeof next !== 'object' || next === null || ArrayBuffer.isView(next)) continue
    Reflect.deleteProperty(next, '__proto__')
    for (const child of childrenOf(next)) held.add(child)
  }
}

function* childrenOf(value: object): Iterable<unknown> {
  if (value instanceof Map) {
    yield* value.keys()
    yield* value.values()
  }
  if (value instanceof Set) yield* value
  yield* Object.values(value)
}
