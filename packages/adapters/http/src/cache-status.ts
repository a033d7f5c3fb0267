/** Why a request went on to its handler (RFC 9211 §2.2). */
export type Forward = 'bypass' | 'method' | 'miss' | 'partial' | 'request' | 'stale'

/** The member that says that this cache answered; `ttl` in milliseconds, below 0 for a stale response. */
export function hitStatus(name: string, ttl: number, detail?: string): string {
  return `${name}; hit; ttl=${Math.floor(ttl / 1_000)}${detail === undefined ? '' : `; detail=${detail}`}`
}

/** The member that says that the handler answered, and whether that was stored. */
export function forwardStatus(
  name: string,
  forward: Forward,
  isStored: boolean,
  detail?: string,
): string {
  const stored = isStored ? '; stored' : ''
  return `${name}; fwd=${forward}${stored}${detail === undefined ? '' : `; detail=${detail}`}`
}

/** The field with this cache's member at its end: the one nearest to the client comes last (RFC 9211 §2). */
export function withMember(field: string | undefined, member: string): string {
  return field === undefined || field === '' ? member : `${field}, ${member}`
}
