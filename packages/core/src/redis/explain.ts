import { TierError } from '../errors.ts'
import { INFO_DENIED } from './scripts/script.ts'

/** Says what to do about it. A server without script flags does not even compile the scripts. */
export function explain(error: Error): never {
  if (error.message.includes(INFO_DENIED)) {
    throw new TierError(
      'hello',
      'the Redis user may not run INFO, which tells a fail-over: allow it (ACL: +info), ' +
        "or set coherence.serverIdentity to 'none'",
      { cause: error },
    )
  }
  if (!/compiling script/i.test(error.message)) throw error
  throw new TierError('hello', 'the server is too old: Redis 7.0 or Valkey 7.2 is needed', {
    cause: error,
  })
}
