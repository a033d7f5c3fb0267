import type { Wanted } from './unpack-debian.ts'

/** A server in Debian's archive. */
export interface Edition {
  /** Of the folder where it is kept. */
  readonly name: string
  readonly program: string
  readonly wanted: Wanted
}

/** The one of the system's own release. */
export const SYSTEMS: Edition = {
  name: 'redis',
  program: 'redis-server',
  // redis-tools has the program.
  wanted: { packages: ['redis-server', 'redis-tools'], librariesOf: 'redis-tools' },
}

/** Those that REDIS_SERVER may name instead of a path. */
const NAMED: readonly Edition[] = ['redis', 'valkey'].map((kind) => ({
  name: `${kind}-8`,
  program: `${kind}-server`,
  wanted: {
    packages: [`${kind}-server`, `${kind}-tools`],
    librariesOf: `${kind}-tools`,
    release: 'trixie',
  },
}))

/** What REDIS_SERVER says, if it is no path: `redis-8` or `valkey-8`. */
export function namedEdition(): Edition | undefined {
  const name = process.env['REDIS_SERVER']
  return NAMED.find((edition) => edition.name === name)
}
