/* The outbox: invalidations that Redis did not take, and what their own process reads meanwhile.
 *
 * One instance and one Redis with the key's old value in it. A call to Redis may be answered, may be
 * executed without an answer, may not be executed, or may be executed late: NF times it is not answered.
 * Here numbers are local ones, as in coherence/view.ts: `off` maps the shard's numbers to them.
 *
 *   NR reads; NW own invalidations, by key or by tag; NF calls that get no answer; NH beats
 *
 * I6: once `delete` or `invalidateTags` has resolved, be it with 'here', no read that begins later in
 * this process answers with what it dropped.
 */
#ifndef NR
#define NR 2
#endif
#ifndef NW
#define NW 1
#endif
#ifndef NF
#define NF 1
#endif
#ifndef NH
#define NH 1
#endif
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define KEY 0
#define TAG 1

byte db = 1;
byte own = 1;                           /* ghost: the newest version whose invalidation has resolved here */

/* Redis: no line and no inc, since they do not change here. The entry carries the tag. */
byte seq = 1; byte tseq = 1;
bool eP = 1; byte eV = 1; byte eS = 1;
byte f; byte tokens;
#define eValid (eP && tseq <= eS)

/* This instance. */
bool known;                             /* view.isKnown */
short off;
byte applied = 1; byte highest = 1; byte minS = 1; byte cell;
bool l1P; byte l1V; byte l1S;
byte dirty; bool holds;                 /* the flight: overtaken by; still in its table */
bool kept[2];                           /* the outbox: the key, the tag */
bool flushing;
byte fails;

#define keeps (kept[KEY] || kept[TAG] || flushing)
#define servable (l1P && l1S >= minS && cell <= l1S)
#define CHECK assert(!servable || l1V >= own)

inline toLocal(n, S) { n = S - off; highest = MAX(highest, n) }
inline countAlone() { applied = MAX(applied, highest) + 1; highest = MAX(highest, applied) }
inline distrust() {
  known = 0; countAlone(); minS = applied;
  if :: holds -> dirty = MAX(dirty, applied) :: else fi
}
inline adopt(S) { distrust(); distrust(); known = 1; off = S - applied }
inline apply(n, what) {
  if
  :: what == KEY ->
     if :: l1P && l1S < n -> l1P = 0 :: else fi;
     if :: holds -> dirty = MAX(dirty, n) :: else fi
  :: else -> cell = MAX(cell, n)
  fi
}
inline change(what) {                   /* redis/scripts/change.ts */
  seq++;
  if :: what == KEY -> eP = 0; f = 0 :: else -> tseq = seq fi
}

/* originate.ts: commit, #send, #applyShared, #keep */
proctype Writer() {
  byte what, my, n, S; bool isLate;
  atomic {
    select(what : 0 .. 1); db++; my = db;
    /* section 4, step 1: keys are dropped here, and their flights forgotten */
    if :: what == KEY -> l1P = 0; holds = 0 :: else fi
  }
  if
  :: atomic { keeps && !flushing -> goto away }          /* what is kept goes first */
  :: atomic { !(keeps && !flushing) -> change(what); S = seq }
     if
     :: atomic {                        /* the reply */
          if
          :: known -> toLocal(n, S)
          :: else -> countAlone(); n = applied
          fi;
          apply(n, what);
          if :: known && n > applied -> applied = n :: else fi   /* its message, or the next question */
          own = MAX(own, my);
          CHECK;
          goto done
        }
     :: atomic { fails < NF -> fails++; goto away }      /* executed, and no answer */
     fi
  :: atomic { !(keeps && !flushing) && fails < NF -> fails++;
       if :: isLate = 1 :: isLate = 0 fi;                /* not executed, or not yet */
       goto away }
  fi;
away:
  atomic {                              /* section 4, step 5 */
    kept[what] = 1;
#ifndef BREAK_NUMBERING_STAYS_KNOWN
    if :: known -> distrust() :: else fi;
#endif
#ifndef BREAK_KEPT_IS_NOT_APPLIED
    countAlone(); apply(applied, what);
#endif
    own = MAX(own, my);
    CHECK
  }
  if
  :: isLate -> atomic { change(what) }
  :: else
  fi;
done:
  atomic { what = 0; my = 0; n = 0; S = 0; isLate = 0 }
}

/* watch.ts #askAfterFlush: it asks until it knows, and NH times more */
proctype Beat() {
  byte h, S; bool k, t;
end:
  do
  :: atomic { h < NH || !known -> if :: h < NH -> h++ :: else fi }
again:
#ifndef BREAK_QUESTION_BEFORE_FLUSH
     do
     :: atomic { keeps -> k = kept[KEY]; t = kept[TAG]; kept[KEY] = 0; kept[TAG] = 0; flushing = 1 }
        if
        :: atomic {
             if :: k -> change(KEY) :: else fi;
             if :: t -> change(TAG) :: else fi;
             if
             :: flushing = 0
             :: fails < NF -> fails++; kept[KEY] = kept[KEY] || k; kept[TAG] = kept[TAG] || t; flushing = 0; goto over
             fi }
        :: atomic { fails < NF ->
             fails++; kept[KEY] = kept[KEY] || k; kept[TAG] = kept[TAG] || t; flushing = 0; goto over }
        fi
     :: else -> break
     od;
#endif
     S = seq;                           /* hello */
     atomic {
       if
#ifndef BREAK_ADOPTS_WHILE_KEEPING
#ifndef BREAK_QUESTION_BEFORE_FLUSH
       :: keeps -> S = 0; goto again
#endif
#endif
       :: else ->
          if
          :: !known -> adopt(S)
          :: else ->
             if :: S - off > applied -> applied = S - off; minS = applied; highest = MAX(highest, applied) :: else fi
          fi;
          CHECK
       fi
     }
over:
     atomic { S = 0; k = 0; t = 0 }
  od
}

inline install(S, v) {
  if
  :: holds && S >= minS && dirty <= S && cell <= S -> l1P = 1; l1V = v; l1S = S
  :: else
  fi;
  CHECK
}

/* read.ts, find.ts, load.ts */
proctype Reader() {
  byte n, need, S, v, t, s; bool hit;
end:
  do
  :: n < NR ->
     atomic { n++; need = own;
       if
       :: servable -> assert(l1V >= need); goto over
       :: true -> holds = 1; dirty = 0      /* not fresh any more, or not there */
       fi }
     if
#ifdef BREAK_READS_WHILE_UNKNOWN
     :: true ->
#else
     :: known ->
#endif
        atomic { S = seq; hit = eValid; v = eV }
        atomic {                        /* onRead: overtaken, it is read again; here: the flight ends */
          if
          :: known && hit -> toLocal(s, S); assert(dirty > s || v >= need); install(s, v)
#ifdef BREAK_READS_WHILE_UNKNOWN
          :: !known && hit -> assert(dirty > 0 || v >= need)
#endif
          :: else
          fi }
        if
        :: hit -> goto over
        :: atomic { known && !hit ->    /* acquire */
             holds = 1; dirty = 0; S = seq;
             if :: f == 0 -> tokens++; f = tokens :: else fi;
             t = f }
        :: atomic { !known && !hit -> goto alone }
        fi;
        v = db;
        atomic {
          assert(v >= need);
          if
          :: known -> toLocal(s, S); install(s, v)
          :: else -> goto over          /* the numbering was left: not stored */
          fi }
        atomic {
          if :: f == t && tseq <= S -> eP = 1; eV = v; eS = S; f = 0 :: else fi }
     :: !known ->                       /* Redis does not answer: the loader alone (load.ts keepAlone) */
alone:
        atomic { holds = 1; dirty = 0; s = applied }
        v = db;
        atomic { assert(v >= need); install(s, v) }
     fi;
over:
     atomic { holds = 0; dirty = 0; need = 0; S = 0; v = 0; t = 0; s = 0; hit = 0 }
  :: else -> break
  od
}

init {
  byte i;
  atomic {
    run Reader(); run Beat();
    do :: i < NW -> run Writer(); i++ :: else -> break od
  }
}
