import { type Script, defineAlways } from './script.ts'

/**
 * Takes the fences of keys that are to be loaded, and elects who loads each.
 *
 *     KEYS    meta, log, then entry, fence, lease of each key
 *     ARGV    nonce, fence ttl ms, lease ttl ms
 *     returns meta, then for each key: fence, 1 if elected, end of freshness of what is stored (or 0)
 */
export const acquire: Script = defineAlways(
  'acquire',
  `
local m = load()
if not m then
  m = mint(ARGV[1])
  redis.call('SET', KEYS[1], pack(m))
end
local reply = { pack(m) }
for i = 3, #KEYS, 3 do
  local fence = redis.call('GET', KEYS[i + 1])
  if fence then
    redis.call('PEXPIRE', KEYS[i + 1], ARGV[2], 'GT')
  else
    fence = ARGV[1]
    redis.call('SET', KEYS[i + 1], fence, 'PX', ARGV[2])
  end
  local elected = redis.call('SET', KEYS[i + 2], ARGV[1], 'NX', 'PX', ARGV[3])
  local stored = redis.pcall('GETRANGE', KEYS[i], 0, 7) -- not of our type: as if nothing was there
  reply[#reply + 1] = fence
  reply[#reply + 1] = elected and '1' or '0'
  reply[#reply + 1] = type(stored) == 'string' and #stored == 8 and string.format('%.0f', (struct.unpack('>d', stored))) or '0'
end
return reply
`,
)
