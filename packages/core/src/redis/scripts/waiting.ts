/**
 * What waits for the source of truth: one hash for a shard, key → number and ttl ms (float64), length
 * and name of the writer, frame. Under the empty name it has the last number that was given, which
 * stays: numbers only grow.
 */
export const WAITS = `
local function waiting(bytes)
  local number, ttl, length = struct.unpack('>ddI1', bytes)
  return number, ttl, string.sub(bytes, 18, 17 + length), string.sub(bytes, 18 + length)
end
`

export const WAITING = `${WAITS}
local function micros()
  local t = redis.call('TIME')
  return t[1] * 1000000 + t[2]
end
local function nextNumber(hash)
  local last = redis.call('HGET', hash, '')
  local number = micros()
  if last and struct.unpack('>d', last) >= number then number = struct.unpack('>d', last) + 1 end
  redis.call('HSET', hash, '', struct.pack('>d', number))
  return number
end
local function queue(stream, number, key)
  local queued = redis.pcall('XADD', stream, string.format('%.0f-0', number), 'k', key)
  -- The stream outlived the hash and a clock that was set back.
  if type(queued) == 'table' and queued.err then redis.call('XADD', stream, '*', 'k', key) end
end
local function isOurs(stream, consumer, id)
  local pending = redis.pcall('XPENDING', stream, 'g', id, id, 1, consumer)
  return not pending.err and #pending > 0
end
local function settle(hash, stream, id, key, number)
  redis.call('XACK', stream, 'g', id)
  redis.call('XDEL', stream, id)
  local waits = redis.call('HGET', hash, key)
  if not waits then return end
  if string.format('%.0f', (waiting(waits))) == number then redis.call('HDEL', hash, key)
  else queue(stream, nextNumber(hash), key) end -- written again meanwhile
end
`

/** Puts a value that waits back under its entry's key: nobody may load what the source has till then. Needs `WAITS`. */
export const RESTORE = `
local function restore(m, entry, bytes)
  local _, ttl, _, frame = waiting(bytes)
  local keep = ttl + struct.unpack('>I4', frame, 9)
  local ends = millis() + ttl
  redis.call('SET', entry, struct.pack('>dd', ends, m.seq) .. string.sub(m.head, 1, 16) .. frame,
    'PX', string.format('%.0f', keep))
  return ends
end
`
