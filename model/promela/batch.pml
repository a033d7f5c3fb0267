/* One script has one number: what may share it (coherence/batch.ts).
 *
 * A process sets a value with a tag, then invalidates the tag, without waiting: the value has to go. Or
 * it invalidates first and sets then: the value has to stay. What was sent while a script is under way
 * is batched with what follows.
 */
byte seq = 1; byte tseq = 1;
bool eP; byte eS;
#define eValid (eP && tseq <= eS)
bool setFirst;

proctype Process() {
  bool together, done1;
  if :: setFirst = 1 :: setFirst = 0 fi;
  if
#ifdef BREAK_SET_AND_TAG_IN_ONE
  :: together = 1
#else
  :: !setFirst -> together = 1          /* Batch.takes */
#endif
  :: together = 0
  fi;
  if
  :: together -> atomic { seq++; tseq = seq; eP = 1; eS = seq }
  :: !together && setFirst -> atomic { seq++; eP = 1; eS = seq }; atomic { seq++; tseq = seq }
  :: !together && !setFirst -> atomic { seq++; tseq = seq }; atomic { seq++; eP = 1; eS = seq }
  fi;
  assert(eValid == !setFirst)
}
init { run Process() }
