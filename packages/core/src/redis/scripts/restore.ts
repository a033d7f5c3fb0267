import { type Script, defineAlways } from './script.ts'
import { RESTORE, WAITS } from './waiting.ts'

/**
 * Puts a value that waits for the source of truth back under its entry's key.
 *
 *     KEYS    meta, log, waiting, entry
 *     ARGV    key
 *     returns 1 if one waits
 */
export const restore: Script = defineAlways(
  'restore',
  `${WAITS}${RESTORE}
local m = load()
local waits = m and redis.call('HGET', KEYS[3], ARGV[1])
if not waits then return 0 end
restore(m, KEYS[4], waits)
return 1
`,
)
