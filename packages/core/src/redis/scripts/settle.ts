import { type Script, defineAlways } from './script.ts'
import { WAITING } from './waiting.ts'

/**
 * Takes writes that the source of truth has from the queue; one that was taken over is left to its new
 * consumer, and a key that was written again meanwhile is queued again.
 *
 *     KEYS    waiting, stream
 *     ARGV    consumer, then for each write: id, key, number
 *     returns how many were this consumer's
 */
export const settle: Script = defineAlways(
  'settle',
  `${WAITING}
local settled = 0
for i = 2, #ARGV, 3 do
  if isOurs(KEYS[2], ARGV[1], ARGV[i]) then
    settle(KEYS[1], KEYS[2], ARGV[i], ARGV[i + 1], ARGV[i + 2])
    settled = settled + 1
  end
end
return settled
`,
)
