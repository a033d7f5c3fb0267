import { COUNTER_VERSION, STAMP_BYTES } from '../../frame.ts'
import { type Script, define } from './script.ts'
import { type Publish, telling } from './telling.ts'

/** Of a stored entry: its instants, its line, its version and the checksum of all the rest. */
const PREFIX_BYTES = 37

/**
 * Sets a value, if what it was computed from is still so: the same bytes are stored and nothing that
 * may void them was invalidated since they were read; or the fence that was taken before is there, and
 * no tag and not everything was invalidated since. What is being mutated is not set.
 *
 *     KEYS    meta, log, entry, fence, lease, intents, then a record for each tag
 *     ARGV    nonce, channel, payload, ttl ms, frame, fence (or nothing), what was stored (its first
 *             bytes, or all of a counter's), then of the numbering it was read under: line, clr (with
 *             a fence: seq), and tseq (or nothing, where there were no tags); then for each tag how
 *             long to keep its record, ms
 *     returns meta, 1 if it was set, 2 if it is being mutated
 */
function swapScript(publish: Publish): Script {
  return define(
    'swap',
    `${telling(publish)}
local m = load()
local fence, seen = ARGV[6], ARGV[7]
if m and isMutated(intended(KEYS[6]), KEYS[3], 7, #KEYS) then return { pack(m), 2 } end
local isSame = false
if not m or string.sub(m.head, 1, 16) ~= ARGV[8] then
  -- lost, with all that was read under it
elseif fence ~= '' then
  local start = tonumber(ARGV[9])
  isSame = redis.pcall('GET', KEYS[4]) == fence and m.clr <= start and m.seq >= start
  for i = 7, #KEYS do isSame = isSame and isNotAfter(m, KEYS[i], start) end
elseif m.clr == tonumber(ARGV[9]) and (ARGV[10] == '' or m.tseq == tonumber(ARGV[10])) then
  local stored = redis.pcall('GETRANGE', KEYS[3], 0, #seen > ${PREFIX_BYTES} and -1 or ${PREFIX_BYTES} - 1)
  isSame = (type(stored) == 'string' and stored or '') == seen
end
if not isSame then return { m and pack(m) or false, 0 } end
m.seq = m.seq + 1
local packed, seq = number(m, ARGV[3])
local keep = ARGV[4] + struct.unpack('>I4', ARGV[5], 9)
redis.call('SET', KEYS[3], struct.pack('>dd', millis() + ARGV[4], m.seq) .. string.sub(m.head, 1, 16) .. ARGV[5], 'PX', keep)
redis.call('UNLINK', KEYS[4], KEYS[5])
for i = 7, #KEYS do record(KEYS[i], m, ARGV[i + 4]) end
tell(packed, seq, ARGV[2], ARGV[3])
return { packed, 1 }
`,
  )
}

export const swapping: Script = swapScript('PUBLISH')
/** For a Cluster with sharded channels. */
export const swappingSharded: Script = swapScript('SPUBLISH')

/** What tells one stored entry from every other. Of a counter all of it: it has no checksum. */
export function markOf(stored: Buffer | null): Buffer {
  if (stored === null) return Buffer.alloc(0)
  return stored[STAMP_BYTES] === COUNTER_VERSION ? stored : stored.subarray(0, PREFIX_BYTES)
}
