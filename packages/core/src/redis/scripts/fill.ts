import { type Script, define } from './script.ts'

/**
 * Stores loaded values, each unless its key, a tag of it or everything was invalidated since its load began.
 * A number that is not given yet tells of a fail-over to a server that is behind, which gives it again.
 * A tag without a record counts as invalidated when any tag was last: records may be lost, coherence not.
 * What is being mutated, itself or by a tag, is not stored either.
 *
 *     KEYS    meta, intents, then of each value, of which no two have the same key: entry, fence, lease,
 *             and a record for each tag
 *     ARGV    line, then of each value: fence, start and ttl ms (float64), and its frame
 *     returns meta (or nothing when it is lost), then for each value 1 if it is stored, all as one string
 *
 * The grace and the number of tags are read from the frame. What was asked at once is of one instant
 * with all that is stored: only records change within the script, and those only to live longer.
 */
export const fill: Script = define(
  'fill',
  `
local call = redis.call
local names, k = { KEYS[1] }, 3
for a = 3, #ARGV, 2 do
  local tags = struct.unpack('>I2', ARGV[a], 17)
  names[#names + 1] = KEYS[k + 1]
  for i = k + 3, k + 2 + tags do names[#names + 1] = KEYS[i] end
  k = k + 3 + tags
end
local read = call('MGET', unpack(names))
local m = parse(read[1])
if not m then return string.rep('0', (#ARGV - 1) / 2) end
local reply, intents, now = { pack(m) }, intended(KEYS[2]), millis()
local isOfLine = string.sub(m.head, 1, 16) == ARGV[1]
local keeps, r = {}, 2
k = 3
for a = 2, #ARGV, 2 do
  local fence, start, ttl = struct.unpack('>c16dd', ARGV[a])
  local frame = ARGV[a + 1]
  local grace, _, tags = struct.unpack('>I4I4I2', frame, 9)
  local keep = ttl + grace
  local keepText = string.format('%d', keep) -- what a number becomes by itself takes longer
  local isStored = isOfLine and read[r] == fence and m.clr <= start and m.seq >= start
    and not isMutated(intents, KEYS[k], k + 3, k + 2 + tags)
  for i = 1, tags do isStored = isStored and said(m, read[r + i], start) end
  if isStored then
    call('SET', KEYS[k], struct.pack('>dd', now + ttl, start) .. ARGV[1] .. frame, 'PX', keepText)
    call('DEL', KEYS[k + 1], KEYS[k + 2])
    for i = 1, tags do
      local name = KEYS[k + 2 + i]
      local _, record = said(m, read[r + i], start)
      if record then call('PEXPIRE', name, keep + 1000, 'GT')
      elseif not keeps[name] or keeps[name] < keep then
        call('SET', name, struct.pack('>d', m.tseq), 'PX', keep + 1000)
        keeps[name] = keep
      end
    end
  end
  reply[#reply + 1] = isStored and '1' or '0'
  k, r = k + 3 + tags, r + 1 + tags
end
return table.concat(reply)
`,
)
