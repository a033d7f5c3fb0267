import { MESSAGE_VERSION } from '../../bus.ts'

/** Messages that the log keeps, about: what an instance that was away can be told one by one. */
const LOG_LENGTH = 4_096

/** How a shard's messages are published: `SPUBLISH` on a Cluster with sharded channels. */
export type Publish = 'PUBLISH' | 'SPUBLISH'

/**
 * What every script does that changes something under a number: `number` stores the numbering and
 * logs the message, `tell` publishes it. KEYS[2] is the log.
 */
export function telling(publish: Publish): string {
  return `
-- Returns the meta string, and the number as text.
local function number(m, payload)
  local packed, seq = pack(m), string.format('%.0f', m.seq)
  redis.call('SET', KEYS[1], packed)
  local logged = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', '${LOG_LENGTH}', seq .. '-0', 'm', payload)
  if type(logged) == 'table' and logged.err then redis.call('DEL', KEYS[2]) end
  return packed, seq
end
local function tell(packed, seq, channel, payload)
  redis.call('${publish}', channel, '${MESSAGE_VERSION} ' .. string.sub(packed, 1, 16) .. ' '
    .. string.sub(packed, 17, 32) .. ' ' .. seq .. ' ' .. payload)
end
local function record(name, m, keep)
  if redis.call('PEXPIRE', name, keep, 'GT') == 0 and redis.call('EXISTS', name) == 0 then
    redis.call('SET', name, struct.pack('>d', m.tseq), 'PX', keep)
  end
end
`
}
