/** The id of each codec of this package. An id is never given a second meaning. */
export const IDS = {
  msgpack: 1,
  json: 2,
  v8: 3,
  raw: 4,
  compressed: 16,
  encrypted: 17,
} as const
