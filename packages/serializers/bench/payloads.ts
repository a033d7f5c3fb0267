function user(id: number): Record<string, unknown> {
  return {
    id,
    name: `user ${id}`,
    email: `user${id}@example.com`,
    is_active: id % 3 !== 0,
    score: id * 1.37,
    tags: ['member', 'editor'],
  }
}

/** Values of the sizes that caches hold, by about how many bytes of JSON they are. */
export const payloads: Readonly<Record<string, unknown>> = {
  '100 B': user(42),
  '2 KB': { page: 1, users: Array.from({ length: 19 }, (_, id) => user(id)) },
  '100 KB': Array.from({ length: 1000 }, (_, id) => user(id)),
}

/** 1,536 floats, as a text model makes them. */
export const embedding: Float32Array = Float32Array.from({ length: 1536 }, (_, i) =>
  Math.sin(i * i),
)
