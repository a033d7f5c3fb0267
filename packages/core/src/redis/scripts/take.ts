import { type Script, defineAlways } from './script.ts'
import { WAITING } from './waiting.ts'

/** A consumer that has nothing and was not seen for so long is forgotten, in ms. */
const FORGOTTEN = 600_000

/**
 * Takes writes for one consumer: first those of consumers that were not heard of, then new ones. What a
 * later write of another writer has replaced is dropped.
 *
 *     KEYS    waiting, stream
 *     ARGV    consumer, writer, idle ms after which a write is taken over, most writes, 1 to forget
 *             consumers that are gone
 *     returns for each write: id, key, what waits
 */
export const take: Script = defineAlways(
  'take',
  `${WAITING}
if redis.call('EXISTS', KEYS[2]) == 0 then return {} end
local claimed = redis.pcall('XAUTOCLAIM', KEYS[2], 'g', ARGV[1], ARGV[3], '0-0', 'COUNT', ARGV[4])
if claimed.err then
  redis.call('XGROUP', 'CREATE', KEYS[2], 'g', '0')
  claimed = { '0-0', {} }
end
local taken = claimed[2]
local most = tonumber(ARGV[4]) - #taken
if most > 0 then
  local new = redis.call('XREADGROUP', 'GROUP', 'g', ARGV[1], 'COUNT', most, 'STREAMS', KEYS[2], '>')
  for _, entry in ipairs(new and new[1] and new[1][2] or {}) do taken[#taken + 1] = entry end
end
local reply = {}
for _, entry in ipairs(taken) do
  local id, key = entry[1], entry[2][2]
  local waits = redis.call('HGET', KEYS[1], key)
  local _, owner
  if waits then _, _, owner = waiting(waits) end
  if owner == ARGV[2] then reply[#reply + 1] = { id, key, waits }
  else
    redis.call('XACK', KEYS[2], 'g', id)
    redis.call('XDEL', KEYS[2], id)
  end
end
if ARGV[5] == '1' then
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[2], 'g')) do
    local about = {}
    for i = 1, #consumer, 2 do about[consumer[i]] = consumer[i + 1] end
    if about.pending == 0 and about.idle > ${FORGOTTEN} then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[2], 'g', about.name)
    end
  end
end
return reply
`,
)
