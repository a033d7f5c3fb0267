import { type Script, define } from './script.ts'
import { type Publish, telling } from './telling.ts'

/**
 * Adds to a counter, and makes one where there is none. The other instances are told, unless the
 * counter's readers look again by themselves after its window.
 *
 *     KEYS    meta, log, entry, fence, lease, intents, then a record for each tag
 *     ARGV    nonce, channel, payload, what to add, where a new one begins, ttl ms, frame without its
 *             payload, then for each tag how long to keep its record, ms
 *     returns meta, 'counted' (or 'other': what is stored is no counter with these tags, or it is being
 *             mutated; 'range': the sum is not a safe number; nothing is done), the sum as text, 1 if the others were told
 */
function countScript(publish: Publish): Script {
  return define(
    'count',
    `${telling(publish)}
local m = load()
if not m then
  m = mint(ARGV[1])
  redis.call('SET', KEYS[1], pack(m))
end
if isMutated(intended(KEYS[6]), KEYS[3], 7, #KEYS) then return { pack(m), 'other', '', 0 } end
local line, head = string.sub(m.head, 1, 16), ARGV[7]
local now = millis()
local stored = redis.pcall('GET', KEYS[3])
local sum
if type(stored) == 'string' and #stored >= 50 and string.sub(stored, 17, 32) == line then
  local expires, start = struct.unpack('>dd', stored)
  if expires > now and start >= m.clr then
    if string.byte(stored, 33) ~= 2 or string.sub(stored, 49, 32 + #head) ~= string.sub(head, 17) then
      return { pack(m), 'other', '', 0 }
    end
    sum = tonumber(string.sub(stored, 33 + #head))
    for i = 7, #KEYS do if not isNotAfter(m, KEYS[i], start) then sum = nil end end
  end
end
local isTold = not sum or string.sub(head, 13, 16) == '\\0\\0\\0\\0'
  or string.sub(head, 13, 16) ~= string.sub(stored, 45, 48)
local isKept = sum
sum = (sum or tonumber(ARGV[5])) + tonumber(ARGV[4])
if not (sum >= -9007199254740991 and sum <= 9007199254740991) then return { pack(m), 'range', '', 0 } end
local text = string.format(sum == math.floor(sum) and '%.0f' or '%.17g', sum)
if text == '-0' then text = '0' end
local packed, seq
if isTold then
  m.seq = m.seq + 1
  packed, seq = number(m, ARGV[3])
end
if isKept then
  redis.call('SET', KEYS[3], string.sub(stored, 1, 8) .. struct.pack('>d', m.seq) .. line .. head .. text, 'KEEPTTL')
else
  local keep = ARGV[6] + struct.unpack('>I4', head, 9)
  redis.call('SET', KEYS[3], struct.pack('>dd', now + ARGV[6], m.seq) .. line .. head .. text, 'PX', keep)
end
redis.call('UNLINK', KEYS[4], KEYS[5])
for i = 7, #KEYS do record(KEYS[i], m, ARGV[i + 1]) end
if isTold then tell(packed, seq, ARGV[2], ARGV[3]) end
return { pack(m), 'counted', text, isTold and 1 or 0 }
`,
  )
}

export const counting: Script = countScript('PUBLISH')
/** For a Cluster with sharded channels. */
export const countingSharded: Script = countScript('SPUBLISH')
