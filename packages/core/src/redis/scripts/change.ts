import { MESSAGE_VERSION } from '../../bus.ts'
import { type Script, define, defineAlways } from './script.ts'

const BODY = `local m = load() or mint(ARGV[1])
local keys, tags = tonumber(ARGV[6]), tonumber(ARGV[7])
m.seq = m.seq + 1
if tags > 0 then m.tseq = m.seq end
if ARGV[8] == '1' then m.clr = m.seq end
local meta = pack(m)
redis.call('SET', KEYS[1], meta)
local seq = string.format('%.0f', m.seq)
local logged = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], seq .. '-0', 'm', ARGV[5])
if type(logged) == 'table' and logged.err then redis.call('DEL', KEYS[2]) end
local a = 9
for i = 3, 2 + keys * 3, 3 do
  local kind = ARGV[a]
  if kind == 's' then
    local now = millis()
    redis.call('SET', KEYS[i], struct.pack('>dd', now + ARGV[a + 1], m.seq) .. string.sub(m.head, 1, 16) .. ARGV[a + 3],
      'PX', ARGV[a + 1] + ARGV[a + 2])
    redis.call('UNLINK', KEYS[i + 1], KEYS[i + 2])
    a = a + 4
  elseif kind == 'x' then
    if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('SETRANGE', KEYS[i], 0, struct.pack('>d', millis())) end
    redis.call('UNLINK', KEYS[i + 1], KEYS[i + 2])
    a = a + 1
  else
    redis.call('UNLINK', KEYS[i], KEYS[i + 1], KEYS[i + 2])
    a = a + 1
  end
end
local first = 3 + keys * 3
local record = struct.pack('>d', m.seq)
for i = first, first + tags - 1 do redis.call('SET', KEYS[i], record, 'XX', 'KEEPTTL') end
for i = first + tags, #KEYS do
  if redis.call('PEXPIRE', KEYS[i], ARGV[a], 'GT') == 0 and redis.call('EXISTS', KEYS[i]) == 0 then
    redis.call('SET', KEYS[i], struct.pack('>d', m.tseq), 'PX', ARGV[a])
  end
  a = a + 1
end
redis.call(ARGV[3], ARGV[2], '${MESSAGE_VERSION} ' .. string.sub(m.head, 1, 16) .. ' ' .. string.sub(m.head, 17, 32) .. ' ' .. seq .. ' ' .. ARGV[5])
return meta
`

/**
 * Invalidates and sets, under one number, and tells the other instances: all or nothing.
 *
 *     KEYS    meta, log, then entry, fence, lease of each key, then a record for each invalidated
 *             tag, then a record for each tag of the values that are set
 *     ARGV    nonce, channel, publish command, longest log, payload, number of keys, number of
 *             invalidated tags, 1 to clear, then for each key: 'd' (delete), 'x' (expire) or 's' (set)
 *             with ttl ms, grace ms, frame; then for each tag of a set value how long to keep it, ms
 *     returns meta
 */
export const change: Script = defineAlways('change', BODY)

/** The same where a value is set: refused, with nothing done, when Redis is out of memory. */
export const changeWithSet: Script = define('change', BODY)
