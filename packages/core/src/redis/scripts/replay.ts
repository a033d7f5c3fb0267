import { type Script, defineAlways } from './script.ts'

/**
 * What was said after a number, from the log, if the numbering is still the same on the same server.
 *
 *     KEYS    meta, log
 *     ARGV    line, inc, number, most messages
 *     returns meta (or nothing when it is lost), then the log's entries if the numbering matches
 */
export const replay: Script = defineAlways(
  'replay',
  `
local m = load()
if not m then return { false } end
local id = server()
if string.sub(m.head, 1, 32) ~= ARGV[1] .. ARGV[2] or id and string.sub(m.head, 33) ~= id then
  return { pack(m) }
end
local log = redis.pcall('XRANGE', KEYS[2], '(' .. ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
return { pack(m), log.err and {} or log }
`,
)
