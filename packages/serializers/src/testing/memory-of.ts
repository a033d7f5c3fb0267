/** Every block of memory that a value refers to, itself or in what it holds. */
export function memoryOf(value: unknown): ReadonlySet<ArrayBufferLike> {
  const found = new Set<ArrayBufferLike>()
  collect(value, found)
  return found
}

function collect(value: unknown, found: Set<ArrayBufferLike>): void {
  if (value instanceof ArrayBuffer) found.add(value)
  else if (ArrayBuffer.isView(value)) found.add(value.buffer)
  else if (typeof value === 'object' && value !== null)
    for (const held of heldBy(value)) collect(held, found)
}

function heldBy(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  return value instanceof Set ? value : Object.values(value)
}
