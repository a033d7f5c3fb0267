import { type Script, defineAlways } from './script.ts'
import { WAITING } from './waiting.ts'

/**
 * What a queue has, and what the server is set to do when its memory is full.
 *
 *     KEYS    waiting, stream, dead letters
 *     ARGV    1 to ask for the eviction policy
 *     returns writes that wait, of these taken, number of the oldest (or 0), last number given (or
 *             0), Redis' clock in microseconds, dead letters, eviction policy (or nothing)
 */
export const queueState: Script = defineAlways(
  'queueState',
  `${WAITING}
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)
local pending = redis.pcall('XPENDING', KEYS[2], 'g')
local last = redis.call('HGET', KEYS[1], '')
local policy = ''
if ARGV[1] == '1' then
  local info = redis.pcall('INFO', 'memory')
  if type(info) == 'string' and string.match(info, 'maxmemory:(%d+)') ~= '0' then
    policy = string.match(info, 'maxmemory_policy:([%w-]+)') or ''
  end
end
return {
  redis.call('XLEN', KEYS[2]),
  pending.err and 0 or pending[1],
  oldest[1] and string.match(oldest[1][1], '^%d+') or '0',
  last and string.format('%.0f', (struct.unpack('>d', last))) or '0',
  string.format('%.0f', micros()),
  redis.call('XLEN', KEYS[3]),
  policy,
}
`,
)
