import { type Script, defineAlways } from './script.ts'

/**
 * Prolongs the life of an entry: if it is the one that is meant, by its checksum, if it is fresh, and
 * if nothing that it depends on was invalidated since its load began. What was made stale stays so.
 *
 *     KEYS    meta, entry, then a record for each tag
 *     ARGV    checksum of the frame (4 bytes), ttl ms, window ms
 *     returns end of freshness as it is now, or 0
 */
export const extend: Script = defineAlways(
  'extend',
  `
local m = load()
local head = redis.pcall('GETRANGE', KEYS[2], 0, 43) -- not of our type: as if nothing was there
if not m or type(head) ~= 'string' or #head < 44 then return '0' end
local ends, start = struct.unpack('>dd', head)
local now = millis()
if string.sub(head, 34, 37) ~= ARGV[1] or string.sub(head, 17, 32) ~= string.sub(m.head, 1, 16) then return '0' end
if ends <= now or m.clr > start then return '0' end
for i = 3, #KEYS do
  if not isNotAfter(m, KEYS[i], start) then return '0' end
end
local to = now + ARGV[2]
if to - ends >= ARGV[3] / 2 then -- half: by the clock of who asks it may be the whole
  local keep = ARGV[2] + struct.unpack('>I4', head, 41)
  redis.call('SETRANGE', KEYS[2], 0, struct.pack('>d', to))
  redis.call('PEXPIRE', KEYS[2], keep, 'GT')
  for i = 3, #KEYS do redis.call('PEXPIRE', KEYS[i], keep + 1000, 'GT') end
  ends = to
end
return string.format('%.0f', ends)
`,
)
