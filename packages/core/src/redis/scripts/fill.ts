import { type Script, define } from './script.ts'

/**
 * Stores a loaded value, unless its key, a tag of it or everything was invalidated since the load began.
 * A number that is not given yet tells of a fail-over to a server that is behind, which gives it again.
 * A tag without a record counts as invalidated when any tag was last: records may be lost, coherence not.
 * What is being mutated, itself or by a tag, is not stored either.
 *
 *     KEYS    meta, entry, fence, lease, intents, then a record for each tag
 *     ARGV    line, fence, start, ttl ms, grace ms, frame
 *     returns meta (or nothing when it is lost), 1 if stored
 */
export const fill: Script = define(
  'fill',
  `
local m = load()
if not m then return { false, 0 } end
local start = tonumber(ARGV[3])
if string.sub(m.head, 1, 16) ~= ARGV[1] or redis.pcall('GET', KEYS[3]) ~= ARGV[2] or m.clr > start or m.seq < start then
  return { pack(m), 0 }
end
local intents = intended(KEYS[5])
if isMutated(intents, KEYS[2], 6) then return { pack(m), 0 } end
local records = {}
for i = 6, #KEYS do
  local isSame, record = isNotAfter(m, KEYS[i], start)
  if not isSame then return { pack(m), 0 } end
  records[i] = record
end
local keep = ARGV[4] + ARGV[5]
redis.call('SET', KEYS[2], struct.pack('>dd', millis() + ARGV[4], start) .. ARGV[1] .. ARGV[6], 'PX', keep)
redis.call('DEL', KEYS[3], KEYS[4])
for i = 6, #KEYS do
  if records[i] then redis.call('PEXPIRE', KEYS[i], keep + 1000, 'GT')
  else redis.call('SET', KEYS[i], struct.pack('>d', m.tseq), 'PX', keep + 1000) end
end
return { pack(m), 1 }
`,
)
