/** One rule that is taken away: `search` occurs exactly once in `file`, which is under packages/core. */
export interface Mutation {
  readonly rule: string
  readonly file: string
  readonly search: string
  readonly replace: string
  /** What else has to go, where two rules stand behind each other. */
  readonly also?: { readonly file: string; readonly search: string; readonly replace: string }
  /** In the words of whoever looked: why no world breaks without it. Absent: one does. */
  readonly uncaught?: string
}

const APPLY = 'src/coherence/apply.ts'
const FIND = 'src/find.ts'
const LOAD = 'src/load.ts'
const ORIGINATE = 'src/coherence/originate.ts'
const SEQUENCE = 'src/coherence/sequence.ts'
const TAGS = 'src/coherence/tags.ts'
const VIEW = 'src/coherence/view.ts'
const WATCH = 'src/coherence/watch.ts'
const SCRIPTS = 'test/twin/scripts'
const FILL = `${SCRIPTS}/fill.ts`

/** The rules that the protocol rests on. Those of the scripts are taken away in the twin of them. */
export const MUTATIONS: readonly Mutation[] = [
  {
    rule: 'a fill needs its fence',
    file: FILL,
    search: 'if (shard.fence(key) !== fence) return refused',
    replace: '',
  },
  {
    rule: 'a fill is refused after a clear',
    file: FILL,
    search: 'meta.clr > start || meta.seq < start',
    replace: 'meta.seq < start',
  },
  {
    rule: 'a fill is refused whose number the server has not given yet',
    file: FILL,
    search: 'meta.clr > start || meta.seq < start',
    replace: 'meta.clr > start',
  },
  {
    rule: 'a fill is refused after an invalidation of a tag',
    file: FILL,
    search: 'for (const tag of tags) if ((shard.record(tag) ?? meta.tseq) > start) return refused',
    replace: '',
  },
  {
    rule: 'a missing record counts as the last invalidation of any tag, for a fill',
    file: FILL,
    search: '(shard.record(tag) ?? meta.tseq) > start',
    replace: '(shard.record(tag) ?? 0) > start',
  },
  {
    rule: 'a new record says what its absence said',
    file: `${SCRIPTS}/value.ts`,
    search: 'if (shard.record(tag) === undefined) shard.keyspace.set(name, tseq, keep)',
    replace: 'if (shard.record(tag) === undefined) shard.keyspace.set(name, 0, keep)',
  },
  {
    rule: 'a fill is refused under another line',
    file: FILL,
    search: 'if (meta.line !== line) return refused',
    replace: '',
    uncaught:
      'a new line begins above all old numbers, as cleared; and the frame bears the old line',
  },
  {
    rule: 'another server is another incarnation',
    file: `${SCRIPTS}/hello.ts`,
    search: 'else if (meta.server !== server)',
    replace: 'else if (meta.server === undefined)',
  },
  {
    rule: 'a log is read in its own numbering only',
    file: `${SCRIPTS}/replay.ts`,
    search: 'if (!isSame) return { meta, messages: [] }',
    replace: 'if (isSame === undefined) return { meta, messages: [] }',
    uncaught: 'who asked compares the numbering of the answer too',
  },
  {
    rule: 'a new line begins with an empty log',
    file: `${SCRIPTS}/numbering.ts`,
    search: '  keyspace.delete(keys.log)\n',
    replace: '',
    uncaught: 'a log is read in its own numbering only, and one that is ahead is dropped',
  },
  {
    rule: 'what is invalidated leaves L1',
    file: APPLY,
    search: 'if (entry !== undefined && entry.stamp < seq) l1.delete(key)',
    replace: 'void entry',
  },
  {
    rule: 'a clear ends the trust in what is older',
    file: APPLY,
    search: 'if (clear && view.minStamp < seq) view.minStamp = seq',
    replace: '',
  },
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
    uncaught: 'it serves reads between the call and its answer, about which nothing is promised',
  },
  {
    rule: 'an own change is applied with its number',
    file: ORIGINATE,
    search: "    apply(this.#shard, invalidationOf(change), seq ?? view.countAlone(), 'here')",
    replace: '    if (seq === undefined) view.countAlone()',
  },
  {
    rule: 'a number that was given before is no number',
    file: ORIGINATE,
    search: 'seq <= before',
    replace: 'seq < -before',
  },
  {
    rule: 'what waits for Redis ends the trust in the numbering',
    file: ORIGINATE,
    search: 'if (this.#shard.view.isKnown) distrust(this.#shard)',
    replace: '',
  },
  {
    rule: 'what waits for Redis goes before the question',
    file: WATCH,
    search: 'await this.#events.flush()',
    replace: 'this.#clock.after(200, () => void this.#events.flush().catch(() => {}))',
    also: { file: WATCH, search: 'if (!this.#events.isKeeping()) return', replace: 'return' },
  },
  {
    rule: 'own changes are sent again to another server',
    file: 'src/open-shard.ts',
    search: 'if (isNewServer) shard.originator.heal()',
    replace: 'void isNewServer',
  },
  {
    rule: 'own changes are sent again to a server with another line',
    file: WATCH,
    search: "view.line !== '' && !view.isRetired(meta.inc)",
    replace: 'view.line === meta.line && !view.isRetired(meta.inc)',
  },
  {
    rule: 'a hole between messages is noticed',
    file: SEQUENCE,
    search: 'if (seq > view.applied + 1) {',
    replace: 'if (seq === 0) {',
  },
  {
    rule: 'a log with a hole is not followed',
    file: SEQUENCE,
    search: 'if (seq > view.applied + 1) return\n',
    replace: '',
  },
  {
    rule: 'what the log does not reach may be anything',
    file: SEQUENCE,
    search: 'applyUnknown(shard, newest)',
    replace: 'void applyUnknown',
  },
  {
    rule: 'an answer confirms when all up to it is applied',
    file: WATCH,
    search: 'this.#questions.push({ seq: view.local(meta.seq), at })',
    replace: 'view.confirm(at)',
  },
  {
    rule: 'an answer confirms the instant of the question',
    file: WATCH,
    search: 'this.#answer(meta, at)',
    replace: 'this.#answer(meta, this.#clock.now())',
  },
  {
    rule: 'distrust reaches all numbers that were given',
    file: VIEW,
    search: 'this.applied = Math.max(this.applied, this.#highest) + 1',
    replace: 'this.applied += 1',
  },
  {
    rule: 'another numbering ends the trust in what is held',
    file: VIEW,
    search: '  adopt(meta: Meta): void {\n    this.distrust()',
    replace: '  adopt(meta: Meta): void {\n    this.applied++',
    uncaught: 'the watch has distrusted the view before it adopts',
  },
  {
    rule: 'a numbering is one of its server process',
    file: VIEW,
    search: 'return meta.inc === this.inc && meta.line === this.line',
    replace: "return this.inc !== '' && meta.line === this.line",
  },
  {
    rule: 'an entry with tags is not installed below the floor of the cells',
    file: TAGS,
    search: 'if (stamp < this.#floor) return false',
    replace: '',
    also: { file: TAGS, search: 'seq: this.#floor', replace: 'seq: 0' },
  },
  {
    rule: 'a cell that was raised voids entries',
    file: TAGS,
    search: 'else if (cell.seq < seq) cell.seq = seq',
    replace: '',
  },
  {
    rule: 'an entry is served within the bound of its own read only',
    file: 'src/entry.ts',
    search: 'now - entry.at <= view.bound',
    replace: 'now - entry.at <= 1e9',
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
    rule: 'a read of L2 compares the line',
    file: FIND,
    search: 'frame.line === meta.line &&',
    replace: '',
    uncaught: 'a new line begins above all old numbers, as cleared',
  },
  {
    rule: 'a read of L2 compares the last clear',
    file: FIND,
    search: 'frame.start >= meta.clr &&',
    replace: '',
  },
  {
    rule: 'a read of L2 compares the records',
    file: FIND,
    search: '(records.get(tag) ?? meta.tseq) <= frame.start',
    replace: 'meta.tseq > 0',
  },
  {
    rule: 'a missing record counts as the last invalidation of any tag, for a read',
    file: FIND,
    search: 'records.get(tag) ?? meta.tseq',
    replace: 'records.get(tag) ?? 0',
  },
  {
    rule: 'a read learns all tags of what it found',
    file: FIND,
    search: 'if (unread.length > 0) {',
    replace: 'if (unread.length > 1_000) {',
    uncaught: 'a record that was not read counts as missing: a miss',
  },
  {
    rule: 'what was made stale meanwhile is not what another instance loaded',
    file: LOAD,
    search: ' && clock.now() < found.freshUntil',
    replace: '',
  },
  {
    rule: 'nothing is read from L2 while the numbering is unknown',
    file: FIND,
    search: 'if (view.isKnown) shared.reads.add(flight)',
    replace: 'if (!shared.l2.isOpen) shared.reads.add(flight)',
  },
  {
    rule: 'no right to load is asked for while the numbering is unknown',
    file: LOAD,
    search: 'if (!shard.view.isKnown) {',
    replace: 'if (shard.view.bound < 0) {',
    uncaught: 'what waits for Redis takes the fence of such a load away',
  },
  {
    rule: 'a value of a numbering that was left is not stored',
    file: 'src/fill.ts',
    search: '  if (!view.matches(meta)) {\n    // The numbering',
    replace: '  if (view.bound < 0) {\n    // The numbering',
    uncaught: 'what waits for Redis drops it again, and is promised to nobody before',
  },
  {
    rule: 'a refused value leaves L1',
    file: 'src/fill.ts',
    search: 'if (entry !== undefined && shard.l1.peek(key) === entry) shard.l1.delete(key)',
    replace: '',
    uncaught: 'the message of what it was refused for drops it too, or the end of the trust does',
  },
]
