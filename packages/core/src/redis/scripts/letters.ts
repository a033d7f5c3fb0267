import { type Script, defineAlways } from './script.ts'

/**
 * Dead letters, the oldest first; or drops one.
 *
 *     KEYS    dead letters
 *     ARGV    'list', id after which to begin ('-': at the first), most; or 'drop', id
 *     returns the stream's entries; or how many were dropped
 */
export const letters: Script = defineAlways(
  'letters',
  `
if ARGV[1] == 'drop' then return redis.call('XDEL', KEYS[1], ARGV[2]) end
return redis.call('XRANGE', KEYS[1], ARGV[2] == '-' and '-' or '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
`,
)
