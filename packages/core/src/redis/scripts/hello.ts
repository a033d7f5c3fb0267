import { type Script, defineAlways } from './script.ts'

/**
 * Says how far the shard has counted. The only script that looks at the server's identity: on another
 * process, or after a promotion, the shard gets a new incarnation.
 *
 *     KEYS    meta, log
 *     ARGV    nonce
 *     returns meta, Redis' clock in milliseconds
 */
export const hello: Script = defineAlways(
  'hello',
  `
local id = server()
local m = load()
if not m then
  m = mint(ARGV[1])
  redis.call('SET', KEYS[1], pack(m))
elseif id and string.sub(m.head, 33) ~= id then
  m.head = string.sub(m.head, 1, 16) .. ARGV[1] .. id
  redis.call('SET', KEYS[1], pack(m))
end
return { pack(m), string.format('%.0f', millis()) }
`,
)
