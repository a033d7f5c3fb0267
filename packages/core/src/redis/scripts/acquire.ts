import { type Script, defineAlways } from './script.ts'
import { RESTORE, WAITS } from './waiting.ts'

/** Bytes that the reply has for each key: fence, 1 if elected, end of freshness of what is stored (float64, or 0). */
export const RIGHT_BYTES = 25

/**
 * Takes the fences of keys that are to be loaded, and elects who loads each. A key whose value waits
 * for the source of truth is not loaded: its value is put back. A key that is being mutated has no
 * fence, and everybody who reads it loads it.
 *
 *     KEYS    meta, log, waiting, intents, then entry, fence, lease of each key
 *     ARGV    nonce, fence ttl ms, lease ttl ms, bytes before the key in an entry's name
 *     returns meta, 1 if anything is being mutated, then for each key `RIGHT_BYTES`, all as one string;
 *             a fence of zeros is none
 *
 * All that can be asked at once is: what a command costs is the call of it.
 */
export const acquire: Script = defineAlways(
  'acquire',
  `${WAITS}${RESTORE}
local call = redis.call
local fences, others = { KEYS[1] }, { KEYS[3], KEYS[4] }
for i = 5, #KEYS, 3 do
  fences[#fences + 1] = KEYS[i + 1]
  others[#others + 1] = KEYS[i]
end
fences = call('MGET', unpack(fences))
local m = parse(fences[1])
if not m then
  m = mint(ARGV[1])
  call('SET', KEYS[1], pack(m))
end
local isAnything = call('EXISTS', unpack(others)) > 0
local intents = isAnything and intended(KEYS[4])
local waitingKeys = isAnything and redis.pcall('HLEN', KEYS[3])
local isAnyWaiting = type(waitingKeys) == 'number' and waitingKeys > 1
local reply = { pack(m), intents and '1' or '0' }
for i = 5, #KEYS, 3 do
  local waits = isAnyWaiting and call('HGET', KEYS[3], string.sub(KEYS[i], ARGV[4] + 1))
  local fence, elected, ends = fences[(i + 1) / 3], '0'
  if waits then
    fence = ARGV[1] -- no fence: nothing can be filled
    ends = struct.pack('>d', restore(m, KEYS[i], waits))
  else
    if intents and intents[KEYS[i]] then
      fence, elected = string.rep('\\0', 16), '1' -- nothing may be stored
    else
      if fence and #fence == 16 then
        call('PEXPIRE', KEYS[i + 1], ARGV[2], 'GT')
      else
        fence = ARGV[1]
        call('SET', KEYS[i + 1], fence, 'PX', ARGV[2])
      end
      if call('SET', KEYS[i + 2], ARGV[1], 'NX', 'PX', ARGV[3]) then elected = '1' end
    end
    ends = isAnything and redis.pcall('GETRANGE', KEYS[i], 0, 7)
    if type(ends) ~= 'string' or #ends ~= 8 then ends = string.rep('\\0', 8) end -- nothing of ours is there
  end
  reply[#reply + 1] = fence .. elected .. ends
end
return table.concat(reply)
`,
)
