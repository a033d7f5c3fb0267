/** The version in what INFO says of the server: of Redis, or of Valkey, with its name. */
export function versionIn(info: string): string | undefined {
  const valkey = /valkey_version:(\S+)/.exec(info)?.[1]
  return valkey === undefined ? /redis_version:(\S+)/.exec(info)?.[1] : `${valkey} (Valkey)`
}
