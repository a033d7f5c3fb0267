import type { Frame } from '../frame.ts'
import type { Meta } from '../tiers.ts'

/** Whether nothing that the value depends on was invalidated after its load began. */
export function isCoherent(
  frame: Frame,
  meta: Meta,
  records: ReadonlyMap<string, number | undefined>,
): boolean {
  return (
    frame.line === meta.line &&
    frame.start >= meta.clr &&
    frame.tags.every((tag) => (records.get(tag) ?? meta.tseq) <= frame.start)
  )
}
