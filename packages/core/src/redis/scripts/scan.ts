import { type Script, defineAlways } from './script.ts'

/**
 * Looks through a part of the server's keys. A script, so that on a Cluster it runs where the shard is.
 *
 *     KEYS    meta
 *     ARGV    cursor, glob, keys to look at, about
 *     returns meta (or nothing when it is lost), next cursor, names that match
 */
export const scan: Script = defineAlways(
  'scan',
  `
local m = load()
local found = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
return { m and pack(m) or false, found[1], found[2] }
`,
)
