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

/** The byte of a reply that is a yes: the character 1. */
export const YES = 0x31

/** What the error begins with when the server's identity may not be read. */
export const INFO_DENIED = 'NOINFO'

const IDENTITY = `
local function server()
  local info = redis.pcall('INFO', 'replication')
  if type(info) == 'table' then error({ err = '${INFO_DENIED} ' .. info.err }) end
  return string.match(info, 'master_replid:(%w+)') or string.rep('-', 40)
end
`
const ANONYMITY = `
local function server() end
`

/**
 * What scripts that know the numbering are made of. KEYS[1] is always the meta string, KEYS[2] the log,
 * where there is one; a shard that lost its meta gets a new line, whose numbers begin at Redis' clock in
 * microseconds. Each before those that call it.
 */
const PARTS: readonly (readonly [name: string, lua: string])[] = [
  [
    'parse',
    `
local function parse(s)
  if type(s) == 'string' and #s == ${META_BYTES} then
    local seq, tseq, clr = struct.unpack('>ddd', s, 73)
    return { head = string.sub(s, 1, 72), seq = seq, tseq = tseq, clr = clr }
  end
end
`,
  ],
  [
    'load',
    `
local function load() return parse(redis.pcall('GET', KEYS[1])) end
`,
  ],
  [
    'pack',
    `
local function pack(m)
  return m.head .. struct.pack('>ddd', m.seq, m.tseq, m.clr)
end
`,
  ],
  ['server', IDENTITY],
  [
    'mint',
    `
local function mint(nonce)
  local t = redis.call('TIME')
  local seq = t[1] * 1000000 + t[2]
  redis.call('DEL', KEYS[2])
  return { head = nonce .. nonce .. (server() or string.rep('-', 40)), seq = seq, tseq = seq, clr = seq }
end
`,
  ],
  [
    'millis',
    `
local function millis()
  local t = redis.call('TIME')
  return math.floor(t[1] * 1000 + t[2] / 1000)
end
`,
  ],
  [
    'intended',
    `
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
`,
  ],
  [
    'isMutated',
    `
-- Whether an entry, or a tag of KEYS from first to last, is being mutated.
local function isMutated(intents, entry, first, last)
  if not intents then return false end
  if intents[entry] then return true end
  for i = first, last do if intents[KEYS[i]] then return true end end
  return false
end
`,
  ],
  [
    'said',
    `
-- Whether a tag was not invalidated after a number, and its record, by the record's bytes. What is no
-- record of ours is none.
local function said(m, bytes, start)
  local record = type(bytes) == 'string' and #bytes == 8 and struct.unpack('>d', bytes)
  if record ~= record then record = nil end
  return (record or m.tseq) <= start, record
end
`,
  ],
  [
    'isNotAfter',
    `
local function isNotAfter(m, name, start) return said(m, redis.pcall('GET', name), start) end
`,
  ],
]

/** Refused when Redis is out of memory. */
export function define(name: string, body: string): Script {
  return script(name, '#!lua', body)
}

/** Runs even when Redis is out of memory: an invalidation must not fail just then. */
export function defineAlways(name: string, body: string): Script {
  return script(name, '#!lua flags=allow-oom', body)
}

function script(name: string, flags: string, body: string): Script {
  const lua = `${flags}\n${partsFor(body).join('')}${body}`
  return { ...text(name, lua), anonymous: text(name, lua.replace(IDENTITY, ANONYMITY)) }
}

/** Only what is called: each function is made anew in every run, which costs as much as a short command. */
function partsFor(body: string): readonly string[] {
  const needed: string[] = []
  let callers = body
  for (const [name, lua] of PARTS.toReversed()) {
    if (!callers.includes(`${name}(`)) continue
    needed.unshift(lua)
    callers += lua
  }
  return needed
}

function text(name: string, lua: string): Text {
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') }
}
