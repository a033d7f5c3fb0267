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
local function number(m, payload)
  redis.call('SET', KEYS[1], pack(m))
  local logged = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ${LOG_LENGTH}, string.format('%.0f-0', m.seq), 'm', payload)
  if type(logged) == 'table' and logged.err then redis.call('DEL', KEYS[2]) end
end
local function tell(m, channel, payload)
  redis.call('${publish}', channel, '${MESSAGE_VERSION} ' .. string.sub(m.head, 1, 16) .. ' '
    .. string.sub(m.head, 17, 32) .. string.format(' %.0f ', m.seq) .. payload)
end
local function record(name, m, keep)
  if redis.call('PEXPIRE', name, keep, 'GT') == 0 and redis.call('EXISTS', name) == 0 then
    redis.call('SET', name, struct.pack('>d', m.tseq), 'PX', keep)
  end
end
`
}
