import { type Script, defineAlways } from './script.ts'
import { WAITING } from './waiting.ts'

/**
 * Gives a write up: from the queue to the dead letters, if they have room.
 *
 *     KEYS    waiting, stream, dead letters
 *     ARGV    consumer, most dead letters, id, key, number, error, attempts, frame
 *     returns 'buried'; 'full'; or 'lost', when another consumer has it
 */
export const bury: Script = defineAlways(
  'bury',
  `${WAITING}
if not isOurs(KEYS[2], ARGV[1], ARGV[3]) then return 'lost' end
if redis.call('XLEN', KEYS[3]) >= tonumber(ARGV[2]) then return 'full' end
redis.call('XADD', KEYS[3], '*', 'k', ARGV[4], 'n', ARGV[5], 'e', ARGV[6], 'a', ARGV[7], 'v', ARGV[8])
settle(KEYS[1], KEYS[2], ARGV[3], ARGV[4], ARGV[5])
return 'buried'
`,
)
