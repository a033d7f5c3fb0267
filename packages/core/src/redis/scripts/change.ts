import { type Script, define, defineAlways } from './script.ts'
import { type Publish, telling } from './telling.ts'

/** The script that invalidates and sets, for one way to publish. */
interface ChangeScripts {
  /** Runs even when Redis is out of memory. */
  readonly change: Script
  /** For changes that set a value: refused, with nothing done, when Redis is out of memory. */
  readonly changeWithSet: Script
  /** For the begin and the end of a mutation. */
  readonly changeWithIntent: Script
}

/** Keeps the records of the tags of what was set. */
const KEEP_RECORDS = `
for i = k, #KEYS do
  record(KEYS[i], m, ARGV[a])
  a = a + 1
end
`

/** Most that may be mutated at once in a shard: every load looks through all of it. */
const MOST_INTENDED = 5_000
const REFUSE_INTENT = `
local alive = tonumber(ARGV[6]) > 0 and redis.pcall('ZCOUNT', KEYS[#KEYS], '(' .. string.format('%.0f', millis()), '+inf')
if type(alive) == 'number' and alive + #ARGV[4] > ${MOST_INTENDED} then
  return redis.error_reply('TOOMANY keys and tags are being mutated')
end
`

/**
 * Notes what is being mutated, by Redis' clock, or that it no longer is; and forgets who gave up.
 *
 *     KEYS    as above, with 'd' and 't' alone, then the intents
 *     ARGV    nonce, channel, payload, steps, token, ttl ms (0: it is over)
 */
const NOTE_INTENT = `
local ttl, now, n = tonumber(ARGV[a + 1]), millis(), 3
if call('TYPE', KEYS[k]).ok ~= 'zset' then call('DEL', KEYS[k]) end -- not ours
call('ZREMRANGEBYSCORE', KEYS[k], '-inf', now)
for i = 1, #steps do
  local member = ARGV[a] .. KEYS[n]
  if ttl > 0 then call('ZADD', KEYS[k], now + ttl, member) else call('ZREM', KEYS[k], member) end
  n = n + (string.sub(steps, i, i) == 't' and 1 or 3)
end
`

/**
 * Invalidates and sets, under one number, and tells the other instances: all or nothing.
 *
 *     KEYS    meta, log, then entry, fence, lease of each key, then a record for each invalidated
 *             tag, then a record for each tag of the values that are set
 *     ARGV    nonce, channel, payload, steps, then for each set ttl ms and frame, for each that is kept
 *             its frame, then for each tag of a set value how long to keep its record, ms
 *     steps   one letter each, in the order of KEYS: 'd' (delete), 'x' (expire), 's' (set) or 'k' (keep
 *             without an end) a key, 't' invalidate a tag; then 'c' to clear
 *     returns meta
 *
 * Few arguments: each costs as much as a command. The grace of a set is read from its frame.
 */
function changeScripts(publish: Publish): ChangeScripts {
  const body = (rest: string, first = ''): string => `${telling(publish)}${first}
local call = redis.call
local m = load() or mint(ARGV[1])
local steps = ARGV[4]
m.seq = m.seq + 1
if string.find(steps, 't', 1, true) then m.tseq = m.seq end
if string.find(steps, 'c', 1, true) then m.clr = m.seq end
local packed, seq = number(m, ARGV[3])
local now = millis()
local k, a = 3, 5
for i = 1, #steps do
  local step = string.sub(steps, i, i)
  if step == 's' then
    local ttl, frame = ARGV[a], ARGV[a + 1]
    local grace = struct.unpack('>I4', frame, 9)
    call('SET', KEYS[k], struct.pack('>dd', now + ttl, m.seq) .. string.sub(packed, 1, 16) .. frame,
      'PX', grace == 0 and ttl or string.format('%d', ttl + grace)) -- a number takes longer than text
    call('UNLINK', KEYS[k + 1], KEYS[k + 2])
    k, a = k + 3, a + 2
  elseif step == 'd' then
    call('UNLINK', KEYS[k], KEYS[k + 1], KEYS[k + 2])
    k = k + 3
  elseif step == 'x' then
    local stored = redis.pcall('GETRANGE', KEYS[k], 0, 7)
    local ends = type(stored) == 'string' and #stored == 8 and struct.unpack('>d', stored) or 0
    if ends > 0 then call('SETRANGE', KEYS[k], 0, struct.pack('>d', -math.min(ends, now))) end
    call('UNLINK', KEYS[k + 1], KEYS[k + 2])
    k = k + 3
  elseif step == 't' then
    call('SET', KEYS[k], struct.pack('>d', m.seq), 'XX', 'KEEPTTL')
    k = k + 1
  elseif step == 'k' then
    call('SET', KEYS[k], struct.pack('>dd', 0, m.seq) .. string.sub(packed, 1, 16) .. ARGV[a])
    k, a = k + 3, a + 1
  end
end
${rest}
tell(packed, seq, ARGV[2], ARGV[3])
return packed
`
  return {
    change: defineAlways('change', body(KEEP_RECORDS)),
    changeWithSet: define('changeWithSet', body(KEEP_RECORDS)),
    changeWithIntent: defineAlways('changeWithIntent', body(NOTE_INTENT, REFUSE_INTENT)),
  }
}

export const publishing: ChangeScripts = changeScripts('PUBLISH')
/** For a Cluster with sharded channels. */
export const publishingSharded: ChangeScripts = changeScripts('SPUBLISH')
