import { existsSync } from 'node:fs'

/** The error for a machine on which no Redis can be found or started. */
export function noRedis(tried: readonly string[], cause?: unknown): Error {
  const lines = [
    'no Redis here. Tried:',
    '  - REDIS_URL and REDIS_SERVER: not set',
    '  - redis-server and valkey-server: not on PATH',
    ...tried.map((line) => `  - ${line}`),
    `Install one (${installCommand()}), start Docker, or set REDIS_URL or REDIS_SERVER.`,
  ]
  return new Error(lines.join('\n'), { cause })
}

function installCommand(): string {
  if (process.platform === 'darwin') return 'brew install redis'
  const known = Object.entries(INSTALL).find(([tool]) => existsSync(tool))
  return known?.[1] ?? 'the package is called redis, redis-server or valkey'
}

const INSTALL: Readonly<Record<string, string>> = {
  '/usr/bin/apt-get': 'sudo apt-get install redis-server',
  '/sbin/apk': 'sudo apk add redis',
  '/usr/bin/dnf': 'sudo dnf install valkey, or redis on older releases',
  '/usr/bin/pacman': 'sudo pacman -S valkey',
}

/** What matters of an error that may quote a program's whole output. */
export function firstLines(error: unknown): string {
  return String(error).split('\n').slice(0, 4).join(' ').slice(0, 400)
}
