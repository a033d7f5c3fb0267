import type { Mutation } from './mutations.ts'

const COHERENT = 'src/coherence/is-coherent.ts'
const FIND = 'src/read/find.ts'
const RIGHT = 'src/load/right.ts'

/** What reads and loads may keep and serve. */
export const READS_AND_LOADS: readonly Mutation[] = [
  {
    rule: 'an invalidation makes flights dirty',
    file: 'src/flights.ts',
    search: '    if (flight !== undefined && flight.dirty < seq) flight.dirty = seq',
    replace: '    void flight\n    void seq',
  },
  {
    rule: 'an invalidation of a tag closes flights',
    file: 'src/flights.ts',
    search: 'this.isClosed = true',
    replace: '',
  },
  {
    rule: 'a flight older than the bound is not joined',
    file: 'src/flights.ts',
    search: 'now - flight.at <= maxAge',
    replace: 'now - flight.at <= maxAge + 1e9',
  },
  {
    rule: 'an own change forgets flights',
    file: 'src/shard.ts',
    search: 'for (const flights of this.flights) flights.forget(key)',
    replace: '',
    test: 'src/coherence/apply.test.ts',
  },
  {
    rule: 'an entry is served within the bound of its own read only',
    file: 'src/entry.ts',
    search: 'now - entry.at <= view.bound',
    replace: 'now - entry.at <= 1e9',
  },
  {
    rule: 'what is loaded without Redis ends with the bound',
    file: 'src/load/load.ts',
    search: 'shard.shared === undefined ? Infinity : shard.view.bound,',
    replace: 'Infinity,',
    test: 'test/races/mutate.redis.test.ts',
  },
  {
    rule: 'what was read has the number that came with it',
    file: FIND,
    search: '    const stamp = view.local(meta.seq)\n',
    replace: '    const stamp = view.applied\n',
  },
  {
    rule: 'what was loaded has the number of the right to load',
    file: 'src/load/fill.ts',
    search: 'stamp: view.local(meta.seq)',
    replace: 'stamp: view.applied',
  },
  {
    rule: 'what enters L1 once it is stored has the number of its fill',
    file: 'src/load/fill.ts',
    search: 'stamp: view.local(filled.meta.seq)',
    replace: 'stamp: view.applied',
    test: 'src/load/fill.test.ts',
  },
  {
    rule: 'while something is mutated, L1 waits for L2',
    file: 'src/load/fill.ts',
    search: 'view.matches(meta) && !isMutating',
    replace: 'view.matches(meta)',
    test: 'test/races/mutate.redis.test.ts',
  },
  {
    rule: 'a strict primary is not read from while the beat is not answered',
    file: FIND,
    search: '(!settings.strictPrimary || now <= view.trustUntil)',
    replace: 'settings !== undefined',
    test: 'src/read/read.test.ts',
  },
  {
    rule: 'an overtaken value is not installed',
    file: 'src/install.ts',
    search: 'flight.dirty > stamp ||',
    replace: '',
  },
  {
    rule: 'a replaced flight installs nothing',
    file: 'src/install.ts',
    search: '!flights.holds(flight) ||',
    replace: '',
  },
  {
    rule: 'a read of L2 compares the last clear',
    file: COHERENT,
    search: 'frame.start >= meta.clr &&',
    replace: '',
  },
  {
    rule: 'a read of L2 compares the records',
    file: COHERENT,
    search: '(records.get(tag) ?? meta.tseq) <= frame.start',
    replace: 'meta.tseq > 0',
  },
  {
    rule: 'a missing record counts as the last invalidation of any tag, for a read',
    file: COHERENT,
    search: 'records.get(tag) ?? meta.tseq',
    replace: 'records.get(tag) ?? 0',
  },
  {
    rule: 'a read learns all tags of what it found',
    file: FIND,
    search: 'if (unread.length > 0) {',
    replace: 'if (unread.length > 1_000) {',
    test: 'src/read/read.test.ts',
  },
  {
    rule: 'what was made stale meanwhile is not what another instance loaded',
    file: RIGHT,
    search: ' && clock.now() < found.freshUntil',
    replace: '',
    test: 'src/load/load.test.ts',
  },
  {
    rule: 'a load that has not read L2 leaves what is stored to a read',
    file: RIGHT,
    search: 'if (lease.expiresAt !== 0) {',
    replace: 'if (look < 0) {',
    test: 'test/races/unread-load',
  },
  {
    rule: 'within a loader L2 is read first, as a cycle may be of what is stored',
    file: 'src/read/read.ts',
    search: 'currentRun() === undefined',
    replace: 'true',
    test: 'test/races/unread-load',
  },
  {
    rule: 'nothing is read from L2 while the numbering is unknown',
    file: FIND,
    search: 'if (isReadable(context, view, now)) shared.reads.add(flight)',
    replace: 'if (!shared.l2.isOpen) shared.reads.add(flight)',
    test: 'src/coherence/originate.test.ts',
  },
  {
    rule: 'no right to load is asked for while the numbering is unknown',
    file: RIGHT,
    search: 'if (!shard.view.isKnown) {',
    replace: 'if (shard.view.bound < 0) {',
    test: 'src/load/load.test.ts',
  },
  {
    rule: 'a value of a numbering that was left is not stored',
    file: 'src/load/fill.ts',
    search: '  if (!view.matches(meta)) {\n    // The numbering',
    replace: '  if (view.bound < 0) {\n    // The numbering',
    test: 'src/load/fill.test.ts',
  },
  {
    rule: 'a refused value leaves L1',
    file: 'src/load/fill.ts',
    search: 'if (entry !== undefined && shard.l1.peek(key) === entry) shard.l1.delete(key)',
    replace: '',
    test: 'src/load/fill.test.ts',
  },
  {
    rule: 'an entry is compared with the least stamp that is trusted',
    file: 'src/entry.ts',
    search: 'if (entry.stamp < entry.view.minStamp) return false',
    replace: '',
  },
  {
    rule: 'an entry is compared with the cells of its tags',
    file: 'src/entry.ts',
    search: 'if ((cells[i] as Cell).seq > stamp) return false',
    replace: 'void stamp',
  },
]
