import type { Mutation } from './mutations.ts'

const APPLY = 'src/coherence/apply.ts'
const ORIGINATE = 'src/coherence/originate.ts'
const SEQUENCE = 'src/coherence/sequence.ts'
const TAGS = 'src/coherence/tags.ts'
const VIEW = 'src/coherence/view.ts'
const WATCH = 'src/coherence/watch.ts'

/** How invalidations are told, applied and confirmed. */
export const COHERENCE: readonly Mutation[] = [
  {
    rule: 'what is invalidated leaves L1',
    file: APPLY,
    search: 'if (entry !== undefined && entry.stamp < seq) l1.delete(key)',
    replace: 'void entry',
  },
  {
    rule: 'what is as new as the invalidation stays in L1',
    file: APPLY,
    search: 'entry !== undefined && entry.stamp < seq) l1.delete(key)',
    replace: 'entry !== undefined) l1.delete(key)',
    test: 'src/coherence/apply.test.ts',
  },
  {
    rule: 'a clear ends the trust in what is older',
    file: APPLY,
    search: 'if (clear && view.minStamp < seq) view.minStamp = seq',
    replace: '',
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
    test: 'src/coherence/originate.test.ts',
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
    also: [{ file: WATCH, search: 'if (!this.#events.isKeeping()) return', replace: 'return' }],
  },
  {
    rule: 'a server that lacks more than is sent again is noticed',
    file: WATCH,
    search: '    this.#events.onDataLoss()\n',
    replace: '',
    test: 'src/coherence/originate.test.ts',
  },
  {
    rule: 'after the machine was suspended nothing held is trusted',
    file: WATCH,
    search: 'if (this.#suspension.wasSince() && this.#shard.view.isKnown) this.#distrust()',
    replace: '',
    test: 'src/coherence/watch.test.ts',
  },
  {
    rule: 'own changes are sent again to another server',
    file: 'src/open-shard.ts',
    search: 'shard.originator.heal(inc)',
    replace: 'void inc',
  },
  {
    rule: 'own changes are sent again before the numbering of another server is followed',
    file: 'src/open-shard.ts',
    search: 'shard.originator.heal(inc)',
    replace: 'void clock.after(0, () => shard.originator.heal(inc))',
  },
  {
    rule: 'a new connection is not read from before it has answered who it is',
    file: WATCH,
    search: '    view.isReconnected = true\n',
    replace: '',
    test: 'src/coherence/originate.test.ts',
  },
  {
    rule: 'a number of this process alone is given without a numbering',
    file: ORIGINATE,
    search:
      "      this.#leave()\n      apply(this.#shard, invalidation, view.countAlone(), 'here')",
    replace: "      apply(this.#shard, invalidation, view.countAlone(), 'here')",
    test: 'src/coherence/originate.test.ts',
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
    test: 'src/coherence/sequence.test.ts',
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
    also: [{ file: TAGS, search: 'seq: this.#floor', replace: 'seq: 0' }],
  },
  {
    rule: 'a tag that has no cell raises the floor',
    file: TAGS,
    search: 'this.#floor = Math.max(this.#floor, seq)\n',
    replace: 'void seq\n',
  },
  {
    rule: 'a cell that is dropped leaves in the floor what it said',
    file: TAGS,
    search: 'this.#floor = Math.max(this.#floor, cell.seq)\n',
    replace: '',
    test: 'src/coherence/tags.test.ts',
  },
  {
    rule: 'a cell that was raised voids entries',
    file: TAGS,
    search: 'else if (cell.seq < seq) cell.seq = seq',
    replace: '',
  },
  {
    rule: 'the answer to an own change is as good as its message only where it is the next',
    file: 'src/coherence/originate.ts',
    search: 'seq === view.applied + 1',
    replace: 'seq !== undefined',
    test: 'src/coherence/originate.test.ts',
  },
  {
    rule: 'and only where it is known who answers',
    file: 'src/coherence/originate.ts',
    search: 'view.isReadable && seq',
    replace: 'seq',
    test: 'src/coherence/originate.test.ts',
  },
  {
    rule: 'a log of another numbering is not followed',
    file: SEQUENCE,
    search: ' || !view.matches(replay.meta)',
    replace: '',
    test: 'src/coherence/watch.test.ts',
  },
]
