import { type Script, define } from './script.ts'
import { type Publish, telling } from './telling.ts'
import { WAITING } from './waiting.ts'

/**
 * Sets values, tells the other instances, and queues them for the source of truth: all or nothing. A
 * key that waits already takes no further place.
 *
 *     KEYS    meta, log, waiting, stream, then entry, fence, lease of each key, then a record for each tag
 *     ARGV    nonce, channel, payload, writer, most that may wait, number of keys, 1 to refuse keys that
 *             wait already, then for each key its name, ttl ms and frame, then for each tag how long to keep its record, ms
 *     returns meta, 'queued', 'full' or 'waits'
 */
function enqueueScript(publish: Publish): Script {
  return define(
    'enqueue',
    `${telling(publish)}${WAITING}
local m = load()
if not m then
  m = mint(ARGV[1])
  redis.call('SET', KEYS[1], pack(m))
end
local name, count = ARGV[4], tonumber(ARGV[6])
local isNew, new = {}, 0
for i = 1, count do
  local waits = redis.call('HGET', KEYS[3], ARGV[5 + 3 * i])
  if waits and ARGV[7] == '1' then return { pack(m), 'waits' } end
  local _, owner
  if waits then _, _, owner = waiting(waits) end
  isNew[i] = owner ~= name
  if isNew[i] then new = new + 1 end
end
if new > 0 and redis.call('XLEN', KEYS[4]) + new > tonumber(ARGV[5]) then return { pack(m), 'full' } end
m.seq = m.seq + 1
local packed, seq = number(m, ARGV[3])
local line = string.sub(m.head, 1, 16)
for i = 1, count do
  local key, ttl, frame, k = ARGV[5 + 3 * i], ARGV[6 + 3 * i], ARGV[7 + 3 * i], 2 + 3 * i
  local given = nextNumber(KEYS[3])
  redis.call('HSET', KEYS[3], key, struct.pack('>ddI1', given, ttl, #name) .. name .. frame)
  if isNew[i] then queue(KEYS[4], given, key) end
  redis.call('SET', KEYS[k], struct.pack('>dd', millis() + ttl, m.seq) .. line .. frame,
    'PX', ttl + struct.unpack('>I4', frame, 9))
  redis.call('UNLINK', KEYS[k + 1], KEYS[k + 2])
end
local tags = 5 + 3 * count
for i = tags, #KEYS do record(KEYS[i], m, ARGV[8 + 3 * count + i - tags]) end
tell(packed, seq, ARGV[2], ARGV[3])
return { packed, 'queued' }
`,
  )
}

export const enqueuing: Script = enqueueScript('PUBLISH')
/** For a Cluster with sharded channels. */
export const enqueuingSharded: Script = enqueueScript('SPUBLISH')
