import { isKeyId, secretKey } from './encryption-keys.ts'
import { CodecConfigError } from './errors.ts'
import type { EncryptionKeys } from './key-ring.ts'

/**
 * Keys from an environment variable of the form `2026-08:KEY,2026-01:KEY`: the first encrypts, all
 * of them decrypt.
 *
 * @throws CodecConfigError
 */
export function keysFromEnvironment(
  variable = 'TIERCEL_KEYS',
  environment: NodeJS.ProcessEnv = process.env,
): EncryptionKeys {
  const keys = (environment[variable] ?? '').split(',').map((pair, index) => {
    const [id = '', material = ''] = pair.trim().split(':')
    // By position: what stands where an id should may be a key.
    if (!isKeyId(id) || material === '')
      throw new CodecConfigError(`${variable}: entry ${index + 1} is not of the form id:key`)
    return [id, secretKey(id, material)] as const
  })
  return { keys: Object.fromEntries(keys), current: keys[0]![0] }
}
