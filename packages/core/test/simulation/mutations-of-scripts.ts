import type { Mutation } from './mutations.ts'

const LUA = 'src/redis/scripts'
const TWIN = 'test/twin/scripts'
const DIFFERENTIAL = 'test/differential'
const FILL = `${TWIN}/fill.ts`

/** What the protocol needs of the scripts: taken away in the twin of them, where worlds break. */
const IN_THE_TWIN: readonly Mutation[] = [
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
    test: DIFFERENTIAL,
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
    file: `${TWIN}/value.ts`,
    search: 'if (shard.record(tag) === undefined) shard.keyspace.set(name, tseq, keep)',
    replace: 'if (shard.record(tag) === undefined) shard.keyspace.set(name, 0, keep)',
  },
  {
    rule: 'nothing is stored for a key that is mutated',
    file: `${TWIN}/acquire.ts`,
    search: 'if (intents.has(names.entry(key)))',
    replace: 'if (intents.size < 0)',
    also: [
      {
        file: `${TWIN}/intents.ts`,
        search: '[keys.entry(key), ...tags.map((tag) => keys.tag(tag))]',
        replace: 'tags.map((tag) => keys.tag(tag))',
      },
    ],
  },
  {
    rule: 'nothing is stored with a tag that is mutated',
    file: `${TWIN}/intents.ts`,
    search: '[keys.entry(key), ...tags.map((tag) => keys.tag(tag))]',
    replace: '[keys.entry(key)]',
  },
  {
    rule: 'one mutation does not end another',
    file: `${TWIN}/intents.ts`,
    search: 'else intents.delete(token + name)',
    replace:
      'else for (const member of intents.keys()) if (member.endsWith(name)) intents.delete(member)',
  },
  {
    rule: 'another server is another incarnation',
    file: `${TWIN}/hello.ts`,
    search: 'else if (meta.server !== server)',
    replace: 'else if (meta.server === undefined)',
  },
]

/** The same rules in what Redis runs: the twin has them still, and answers otherwise. */
const IN_LUA: readonly Mutation[] = [
  {
    rule: 'in Redis a fill needs its fence',
    file: `${LUA}/fill.ts`,
    search: ' and read[r] == fence',
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a record that two values of a script make lives as long as the longer one needs it',
    file: `${LUA}/fill.ts`,
    search: 'not keeps[name] or keeps[name] < keep',
    replace: 'true',
    test: DIFFERENTIAL,
  },
  {
    rule: 'a script stores a key but once: the first fill takes the fence from the next',
    file: 'src/redis/fill-batch.ts',
    search: ' || keys.has(one.key)',
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'fills of one script are of one line',
    file: 'src/redis/fill-batch.ts',
    search: ' || (part[0]?.line ?? one.line) !== one.line',
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a fill is refused under another line',
    file: `${LUA}/fill.ts`,
    search: 'isOfLine and ',
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a fill is refused whose number was not given yet',
    file: `${LUA}/fill.ts`,
    search: ' and m.seq >= start',
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a missing record counts as the last invalidation of any tag',
    file: `${LUA}/script.ts`,
    search: 'or m.tseq) <= start',
    replace: 'or 0) <= start',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis another server is another incarnation',
    file: `${LUA}/hello.ts`,
    search: 'string.sub(m.head, 33) ~= id',
    replace: 'false',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a log is read in its own numbering only',
    file: `${LUA}/replay.ts`,
    search:
      'if string.sub(m.head, 1, 32) ~= ARGV[1] .. ARGV[2] or id and string.sub(m.head, 33) ~= id then',
    replace: 'if false then',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a new line begins with an empty log',
    file: `${LUA}/script.ts`,
    search: "redis.call('DEL', KEYS[2])",
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a change takes the fence away',
    file: `${LUA}/change.ts`,
    search: "call('UNLINK', KEYS[k], KEYS[k + 1], KEYS[k + 2])",
    replace: "call('UNLINK', KEYS[k], KEYS[k + 2])",
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a record that is there is raised',
    file: `${LUA}/change.ts`,
    search: "call('SET', KEYS[k], struct.pack('>d', m.seq), 'XX', 'KEEPTTL')",
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a swap compares what is stored',
    file: `${LUA}/swap.ts`,
    search: "isSame = (type(stored) == 'string' and stored or '') == seen",
    replace: 'isSame = true',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a swap compares the last clear',
    file: `${LUA}/swap.ts`,
    search: 'elseif m.clr == tonumber(ARGV[9]) and ',
    replace: 'elseif ',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a swap by a fence is refused after an invalidation of a tag',
    file: `${LUA}/swap.ts`,
    search: 'isSame = isSame and isNotAfter(m, KEYS[i], start)',
    replace: '',
    test: 'test/write-through',
  },
  {
    rule: 'in Redis a swap by a fence is refused after a clear',
    file: `${LUA}/swap.ts`,
    search: ' and m.clr <= start and m.seq >= start',
    replace: ' and m.seq >= start',
    test: 'test/write-through',
  },
  {
    rule: 'in Redis what is mutated is not swapped',
    file: `${LUA}/swap.ts`,
    search: 'isMutated(intended(KEYS[6]), KEYS[3], 7, #KEYS)',
    replace: 'false',
    test: 'test/races/mutate',
  },
  {
    rule: 'in Redis a life is prolonged only of the entry that is meant',
    file: `${LUA}/extend.ts`,
    search: 'string.sub(head, 34, 37) ~= ARGV[1] or ',
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis no life is prolonged after an invalidation of a tag',
    file: `${LUA}/extend.ts`,
    search: "if not isNotAfter(m, KEYS[i], start) then return '0' end",
    replace: '',
    test: DIFFERENTIAL,
  },
  {
    rule: 'in Redis a counter of before a clear begins anew',
    file: `${LUA}/count.ts`,
    search: ' and start >= m.clr',
    replace: '',
    test: DIFFERENTIAL,
  },
]

/** Two rules for one thing, of which each alone is enough. */
const TOGETHER: readonly Mutation[] = [
  {
    rule: 'nothing of an older line is read: it is compared, and a line begins as cleared',
    file: `${LUA}/script.ts`,
    search: 'clr = seq }',
    replace: 'clr = 0 }',
    also: [
      { file: 'src/coherence/is-coherent.ts', search: 'frame.line === meta.line &&', replace: '' },
    ],
    test: 'test/races/lost-data',
  },
]

export const SCRIPTS: readonly Mutation[] = [...IN_THE_TWIN, ...IN_LUA, ...TOGETHER]
