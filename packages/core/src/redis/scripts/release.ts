import { type Script, defineAlways } from './script.ts'

/**
 * Gives a lease back, if it is still the one of this acquisition.
 *
 *     KEYS    lease
 *     ARGV    token
 */
export const release: Script = defineAlways(
  'release',
  `
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
`,
)
