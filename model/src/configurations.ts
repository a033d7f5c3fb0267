/** What a search may come to: all holds, an assertion fails, or processes wait for ever. */
export type Verdict = 'holds' | 'violated' | 'stuck'

/** One model with its sizes, and what is expected of it. */
export interface Configuration {
  /** A file of `promela/`, without its ending. */
  readonly model: string
  /** Sizes and switches, as the head of the model explains them. */
  readonly defines: readonly string[]
  readonly expected: Verdict
  /** More than some seconds: searched with `--all` only. */
  readonly isLarge: boolean
}

export const CONFIGURATIONS: readonly Configuration[] = [
  holds('coherence', 'NR=1 NH=1 NW=2'),
  holds('coherence', 'NR=1 NH=1 NW=2 SAFE_REFUSED_STAYS'),
  holds('coherence', 'NR=1 NH=1 NW=1 NE=1'),
  holds('coherence', 'NR=1 NH=1 NW=1 FAILOVER'),
  breaks('coherence', 'NW=2', 'BREAK_NO_FENCE'),
  breaks('coherence', 'NW=2', 'BREAK_NO_DIRTY'),
  breaks('coherence', 'NW=2', 'BREAK_STAMP_OF_VIEW'),
  breaks('coherence', 'NW=2', 'BREAK_NO_GAP'),
  breaks('coherence', 'NW=2', 'BREAK_SHORT_LOG_IS_ALL'),
  breaks('coherence', 'NW=2', 'BREAK_CONFIRM_EARLY'),
  breaks('coherence', 'NW=2', 'BREAK_CONFIRM_AT_REPLY'),
  breaks('coherence', 'NW=2', 'BREAK_FILL_IGNORES_TAGS'),
  breaks('coherence', 'NW=2 NE=1', 'BREAK_NO_RECORD_FLOOR'),
  breaks('coherence', 'NW=2 NE=1 ONLY_META', 'BREAK_NO_LINE'),
  breaks('coherence', 'NW=2 FAILOVER', 'BREAK_SAME_INC'),
  breaks('coherence', 'NR=2 NH=0 NW=2 FAILOVER ONLY=TAG DEAF LOADS_FAIL', 'BREAK_FILL_OF_FUTURE'),
  holds('tags', 'NR=1 NJ=1 NW=2 NX=0'),
  breaks('tags', 'NR=2 NJ=0 NW=2 NX=1', 'BREAK_NO_CELL_FLOOR'),
  breaks('tags', 'NR=2 NJ=0 NW=2 NX=1', 'BREAK_PRUNED_CELL_IS_FORGOTTEN'),
  breaks('tags', 'NR=1 NJ=1 NW=2 NX=0', 'BREAK_FLIGHTS_STAY_OPEN'),
  breaks('tags', 'NR=2 NJ=0 NW=2 NX=0', 'BREAK_META_OF_FIRST_READ'),
  breaks('tags', 'NR=2 NJ=0 NW=2 NX=0', 'BREAK_ENTRY_OF_FIRST_READ'),
  breaks('tags', 'NR=2 NJ=0 NW=2 NX=0', 'BREAK_UNREAD_TAG_IS_FINE'),
  holds('lease', 'NI=3'),
  holds('lease', 'NI=3 NL=0 CRASH'),
  holds('lease', 'NI=3 SAFE_CHANGE_KEEPS_LEASE'),
  breaks('lease', 'NI=3', 'BREAK_CHANGE_KEEPS_FENCE'),
  breaks('lease', 'NI=3 IMPATIENT', 'BREAK_FOLLOWER_WITHOUT_FENCE'),
  breaks('lease', 'NI=3', 'BREAK_EVERYBODY_IS_ELECTED'),
  breaks('lease', 'NI=3', 'BREAK_RELEASE_OF_ANOTHER'),
  breaks('lease', 'NI=3', 'BREAK_UNREAD_LOADS'),
  breaks('lease', 'NI=2 NL=0 CRASH', 'BREAK_PATIENCE_WITHOUT_END', 'stuck'),
  holds('outbox', 'NW=1 NF=1'),
  breaks('outbox', 'NW=1 NF=1', 'BREAK_NUMBERING_STAYS_KNOWN'),
  breaks('outbox', 'NW=1 NF=1', 'BREAK_READS_WHILE_UNKNOWN'),
  breaks('outbox', 'NW=1 NF=1', 'BREAK_QUESTION_BEFORE_FLUSH'),
  breaks('outbox', 'NW=2 NF=2', 'BREAK_ADOPTS_WHILE_KEEPING'),
  breaks('outbox', 'NW=2 NF=2', 'BREAK_KEPT_IS_NOT_APPLIED'),
  holds('set', 'NS=1 NR=1'),
  holds('set', 'NS=1 NR=0 NF=1'),
  breaks('set', 'NS=1 NR=1', 'BREAK_SET_KEEPS_FENCE'),
  breaks('set', 'NS=2 NR=1', 'BREAK_SET_INSTALLS_WHEN_OVERTAKEN'),
  breaks('set', 'NS=1 NR=1', 'BREAK_FORGOTTEN_FLIGHT_INSTALLS'),
  breaks('set', 'NS=1 NR=1 NF=1', 'BREAK_SET_IS_KEPT_AS_SET'),
  holds('batch', ''),
  breaks('batch', '', 'BREAK_SET_AND_TAG_IN_ONE'),
  holds('shards', 'NW=0 NP=1'),
  holds('shards', 'NH=0 NW=1 NP=0'),
  breaks('shards', 'NW=0 NP=1', 'BREAK_NUMBER_OF_ANOTHER_SHARD'),
  breaks('shards', 'NH=0 NP=0', 'BREAK_ONE_TABLE_OF_CELLS'),
  breaks('shards', 'NW=0 NP=1', 'BREAK_ONE_TRUST'),
  breaks('shards', 'NH=0 NP=0', 'BREAK_RESOLVES_WITH_THE_FIRST'),
  holds('intents', ''),
  breaks('intents', '', 'BREAK_DOUBLE_DELETE'),
  breaks('intents', '', 'BREAK_ONE_FLAG'),
  breaks('intents', '', 'BREAK_INTENT_ENDS_FIRST'),

  large(holds('coherence', 'NR=1 NH=1 NW=2 NE=1')),
  holds('coherence', 'NR=2 NH=1 NW=1'),
  holds('coherence', 'NI=2 NR=1 NH=0 NW=1'),
  large(holds('coherence', 'NR=1 NH=1 NW=2 FAILOVER')),
  large(breaks('coherence', 'NW=2 NE=1 ONLY_META', 'BREAK_LOG_OF_ANOTHER')),
  large(holds('tags', 'NR=2 NJ=1 NW=2 NX=1')),
  large(holds('lease', 'NI=3 NW=2')),
  large(holds('outbox', 'NW=2 NF=2')),
  large(holds('set', 'NS=1 NR=1 OOM')),
  large(holds('shards', 'NW=1 NP=0')),
]

export function nameOf({ model, defines }: Configuration): string {
  return [model, ...defines].join(' ')
}

function holds(model: string, defines: string): Configuration {
  return { model, defines: words(defines), expected: 'holds', isLarge: false }
}

/** `rule`: what is taken out of the protocol. */
function breaks(
  model: string,
  defines: string,
  rule: string,
  expected: Verdict = 'violated',
): Configuration {
  return { model, defines: [...words(defines), rule], expected, isLarge: false }
}

function large(configuration: Configuration): Configuration {
  return { ...configuration, isLarge: true }
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}
