import { createHash } from 'node:crypto'

/** One atomic operation on the shared tier. */
export interface Script {
  readonly name: string
  readonly lua: string
  readonly sha: string
}

/** Bytes of the meta string: line 16, inc 16, server identity 40, then seq, tseq and clr as float64. */
export const META_BYTES = 96

/**
 * The head of every script that knows the numbering. KEYS[1] is always the meta string, KEYS[2] the
 * log; a shard that lost its meta gets a new line, whose numbers begin at Redis' clock in microseconds.
 */
const META = `
local NOBODY = string.rep('-', 40)
local function load()
  local s = redis.call('GET', KEYS[1])
  if s and #s == ${META_BYTES} then
    local seq, tseq, clr = struct.unpack('>ddd', s, 73)
    return { head = string.sub(s, 1, 72), seq = seq, tseq = tseq, clr = clr }
  end
end
local function pack(m)
  return m.head .. struct.pack('>ddd', m.seq, m.tseq, m.clr)
end
local function server()
  return string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or NOBODY
end
local function mint(nonce)
  local t = redis.call('TIME')
  local seq = t[1] * 1000000 + t[2]
  redis.call('DEL', KEYS[2])
  return { head = nonce .. nonce .. server(), seq = seq, tseq = seq, clr = seq }
end
local function millis()
  local t = redis.call('TIME')
  return math.floor(t[1] * 1000 + t[2] / 1000)
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
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') }
}
