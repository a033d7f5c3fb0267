import { type Script, defineAlways } from './script.ts'
import { RESTORE, WAITING } from './waiting.ts'

/**
 * Takes the fences of keys that are to be loaded, and elects who loads each. A key whose value waits
 * for the source of truth is not loaded: its value is put back. A key that is being mutated has no
 * fence, and everybody who reads it loads it.
 *
 *     KEYS    meta, log, waiting, intents, then entry, fence, lease of each key
 *     ARGV    nonce, fence ttl ms, lease ttl ms, bytes before the key in an entry's name
 *     returns meta, 1 if anything is being mutated, then for each key: fence or nothing, 1 if elected,
 *             end of freshness of what is stored (or 0)
 */
export const acquire: Script = defineAlways(
  'acquire',
  `${WAITING}${RESTORE}
local m = load()
if not m then
  m = mint(ARGV[1])
  redis.call('SET', KEYS[1], pack(m))
end
local intents = intended(KEYS[4])
local reply = { pack(m), intents and '1' or '0' }
local waitingKeys = redis.pcall('HLEN', KEYS[3])
local isAnyWaiting = type(waitingKeys) == 'number' and waitingKeys > 1
for i = 5, #KEYS, 3 do
  local waits = isAnyWaiting and redis.call('HGET', KEYS[3], string.sub(KEYS[i], ARGV[4] + 1))
  if waits then
    reply[#reply + 1] = ARGV[1] -- no fence: nothing can be filled
    reply[#reply + 1] = '0'
    reply[#reply + 1] = string.format('%.0f', restore(m, KEYS[i], waits))
  else
    local isMutated = intents and intents[KEYS[i]]
    local fence = isMutated and '' or redis.pcall('GET', KEYS[i + 1])
    if isMutated then
      -- nothing may be stored
    elseif type(fence) == 'string' and #fence == 16 then
      redis.call('PEXPIRE', KEYS[i + 1], ARGV[2], 'GT')
    else
      fence = ARGV[1]
      redis.call('SET', KEYS[i + 1], fence, 'PX', ARGV[2])
    end
    local elected = isMutated or redis.call('SET', KEYS[i + 2], ARGV[1], 'NX', 'PX', ARGV[3])
    local stored = redis.pcall('GETRANGE', KEYS[i], 0, 7) -- not of our type: as if nothing was there
    reply[#reply + 1] = fence
    reply[#reply + 1] = elected and '1' or '0'
    reply[#reply + 1] = type(stored) == 'string' and #stored == 8 and string.format('%.0f', (struct.unpack('>d', stored))) or '0'
  end
end
return reply
`,
)
