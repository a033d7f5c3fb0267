/* Write intents: what `mutate` rests on. Coherence with the source even if the writer dies half way.
 *
 * begin (one script: the entry, its fence and its lease go; the intent is added) → the transaction →
 * end (the same, and the intent is taken away). While there is an intent, no fence is handed out and no
 * fill is stored: reads go to the loader. An intent outlives the longest transaction, and is removed by
 * its own writer or by its end of life, never by another's.
 *
 * Claim: an entry that L2 has equals what is committed, wherever the writers die.
 */
byte db = 1;
byte eV; bool eP;
byte f; byte tokens;
byte intents;                           /* one bit for each writer */
byte alive;                             /* ghost: whose transaction may still commit */

#ifdef BREAK_DOUBLE_DELETE
#define held false                      /* "delete before and delete after", without an intent */
#else
#define held (intents != 0)
#endif
#ifdef BREAK_ONE_FLAG
#define without(id) 0                   /* the first to end takes the intents of all away */
#else
#define without(id) (intents & ~(1 << id))
#endif
#define CHECK assert(!eP || eV == db)

proctype Writer(byte id) {
  atomic { eP = 0; f = 0; intents = intents | (1 << id); alive = alive | (1 << id) }
  if :: true :: goto dead fi;
  atomic { db++; CHECK }                /* the commit */
  if :: true :: goto dead fi;
  atomic { eP = 0; f = 0; intents = without(id); alive = alive & ~(1 << id) }
  goto over;
dead:
  atomic { alive = alive & ~(1 << id) }
over:
  skip
}

proctype EndOfLife(byte id) {
  do
#ifdef BREAK_INTENT_ENDS_FIRST
  :: atomic { (intents & (1 << id)) -> intents = intents & ~(1 << id) }
#else
  :: atomic { (intents & (1 << id)) && !(alive & (1 << id)) -> intents = intents & ~(1 << id) }
#endif
  :: break
  od
}

proctype Reader() {
  byte n, t, v;
  do
  :: n < 2 ->
     n++;
     if
     :: atomic { eP -> CHECK }
     :: atomic { !eP && held }          /* loaded, and not stored */
     :: atomic { !eP && !held ->        /* acquire */
          if :: f == 0 -> tokens++; f = tokens :: else fi;
          t = f }
        v = db;
        atomic {                        /* fill */
          if :: f == t && !held -> eP = 1; eV = v; f = 0 :: else fi;
          CHECK }
        t = 0; v = 0
     fi
  :: else -> break
  od
}

init {
  atomic {
    run Writer(0); run Writer(1); run EndOfLife(0); run EndOfLife(1); run Reader(); run Reader()
  }
}
