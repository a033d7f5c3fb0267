import { type Script, defineAlways } from './script.ts'
import { WAITING } from './waiting.ts'

/**
 * Says that a consumer is still at its writes; or, on leaving, that anybody may take them at once.
 *
 *     KEYS    stream
 *     ARGV    consumer, idle ms that they are to count as from now, then the ids
 *     returns for each id 1 if it is this consumer's still
 */
export const renew: Script = defineAlways(
  'renew',
  `${WAITING}
local reply = {}
for i = 3, #ARGV do
  local ours = isOurs(KEYS[1], ARGV[1], ARGV[i])
  if ours then redis.call('XCLAIM', KEYS[1], 'g', ARGV[1], 0, ARGV[i], 'IDLE', ARGV[2], 'JUSTID') end
  reply[#reply + 1] = ours and 1 or 0
end
return reply
`,
)
