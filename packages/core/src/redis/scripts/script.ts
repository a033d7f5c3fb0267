import { createHash } from 'node:crypto'

/** One atomic operation on the shared tier, as it is sent. */
export interface Text {
  readonly name: string
  readonly lua: string
  readonly sha: string
}

/** A script, and the same for a Redis user who may not run INFO: it does not look who the server is. */
export interface Script extends Text {
  readonly anonymous: Text
}

/** Bytes of the meta string: line 16, inc 16, server identity 40, then seq, tseq and clr as float64. */
export const META_BYTES = 96

/** What the error begins with when the server's identity may not be read. */
export const INFO_DENIED = 'NOINFO'

const IDENTITY = `
local function server()
  local info = redis.pcall('INFO', 'replication')
  if type(info) == 'table' then error({ err = '${INFO_DENIED} ' .. info.err }) end
  return string.match(info, 'master_replid:(%w+)') or NOBODY
end
`
const ANONYMITY = `
local function server() end
`

/**
 * The head of every script that knows the numbering. KEYS[1] is always the meta string, KEYS[2] the
 * log; a shard that lost its meta gets a new line, whose numbers begin at Redis' clock in microseconds.
 */
const META = `
local NOBODY = string.rep('-', 40)
local function load()
  local s = redis.pcall('GET', KEYS[1])
  if type(s) == 'string' and #s == ${META_BYTES} then
    local seq, tseq, clr = struct.unpack('>ddd', s, 73)
    return { head = string.sub(s, 1, 72), seq = seq, tseq = tseq, clr = clr }
  end
end
local function pack(m)
  return m.head .. struct.pack('>ddd', m.seq, m.tseq, m.clr)
end
${IDENTITY}local function mint(nonce)
  local t = redis.call('TIME')
  local seq = t[1] * 1000000 + t[2]
  redis.call('DEL', KEYS[2])
  return { head = nonce .. nonce .. (server() or NOBODY), seq = seq, tseq = seq, clr = seq }
end
local function millis()
  local t = redis.call('TIME')
  return math.floor(t[1] * 1000 + t[2] / 1000)
end
-- The names that are being mutated, or nothing. A member is a token of 16 characters and a name.
local function intended(key)
  if redis.call('EXISTS', key) == 0 then return end
  local names
  for _, member in ipairs(redis.pcall('ZRANGEBYSCORE', key, '(' .. string.format('%.0f', millis()), '+inf')) do
    names = names or {}
    names[string.sub(member, 17)] = true
  end
  return names
end
-- Whether an entry, or a tag from KEYS[first] on, is being mutated.
local function isMutated(intents, entry, first)
  if not intents then return false end
  if intents[entry] then return true end
  for i = first, #KEYS do if intents[KEYS[i]] then return true end end
  return false
end
-- Whether a tag was not invalidated after a number, and the record that says so, if there is one. What
-- is no record of ours is none.
local function isNotAfter(m, name, start)
  local bytes = redis.pcall('GET', name)
  local record = type(bytes) == 'string' and #bytes == 8 and struct.unpack('>d', bytes)
  if record ~= record then record = nil end
  return (record or m.tseq) <= start, record
end
`

/** Refused when Redis is out of memory. */
export function define(name: string, body: string): Script {
  return script(name, `#!lua\n${META}${body}`)
}

/** Runs even when Redis is out of memory: an invalidation must not fail just then. */
export function defineAlways(name: string, body: string): Script {
  return script(name, `#!lua flags=allow-oom\n${META}${body}`)
}

function script(name: string, lua: string): Script {
  return { ...text(name, lua), anonymous: text(name, lua.replace(IDENTITY, ANONYMITY)) }
}

function text(name: string, lua: string): Text {
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') }
}
