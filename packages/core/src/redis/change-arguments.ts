import type { Change, KeyChange } from '../tiers.ts'
import type { Argument } from './client.ts'

/** How much longer than its entries a tag's record lives. */
const RECORD_MARGIN = 1_000

/** How long the record of a tag lives that such an entry carries. */
export function recordLife(ttl: number, grace: number): number {
  return Math.ceil(ttl) + Math.ceil(grace) + RECORD_MARGIN
}

/** Whether a value is set, which needs memory. What is kept is little, and must not fail for the lack of it. */
export function hasSet({ keys }: Change): boolean {
  for (const action of keys.values()) if (action.kind === 'set') return true
  return false
}

/** What the script calls what is done with a key. */
export const STEPS = { delete: 'd', expire: 'x', set: 's', keep: 'k' } as const satisfies Record<
  KeyChange['kind'],
  string
>

/** What the script is told of a value that is set, and how long the records of its tags are kept. */
export function describe(
  { ttl, grace, tags, frame }: KeyChange & { kind: 'set' },
  args: Argument[],
  kept: Map<string, number>,
): void {
  args.push(Math.ceil(ttl), frame)
  const keep = recordLife(ttl, grace)
  for (const tag of tags) kept.set(tag, Math.max(kept.get(tag) ?? 0, keep))
}
