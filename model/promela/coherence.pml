/* The protocol itself: one shard, one key k that carries one tag t.
 *
 * Every script and every MGET of Redis is one atomic step. Its sending, its execution, its reply and
 * every message are steps of their own, so that each may overtake each other. Any message may be lost.
 *
 *   NI instances; NR reads of each, one after the other; NH beats of each; NW writers; NE server faults
 *   -DFAILOVER   one fail-over to a replica that lacks any suffix of what was written
 *   -DONLY=TAG   writers invalidate the tag alone; -DONLY_META: faults lose the meta alone; -DDEAF: no message arrives;
 *                -DLOADS_FAIL: loaders may, and their fences stay
 *
 * Time is not here. "Trusted until the bound after the question" is a ghost instead: `conf` is the
 * version that had been invalidated when the question was sent, and what L1 serves is not older.
 */
#ifndef NI
#define NI 1
#endif
#ifndef NR
#define NR 1
#endif
#ifndef NH
#define NH 1
#endif
#ifndef NW
#define NW 2
#endif
#ifndef NE
#define NE 0
#endif
#define CAP 3
#define INF 255
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define MIN(a, b) ((a) < (b) -> (a) : (b))

/* What a writer invalidates: our key, our tag, everything, or some other key. */
#define KEY 0
#define TAG 1
#define CLEAR 2
#define OTHER 3

/* The source of truth. Ghost: the newest version whose invalidation has executed. */
byte db = 1;
byte ginv = 1;

/* Redis: the meta, and what names are made of. */
byte names = 1;                 /* random names given so far */
byte line = 1;
byte inc = 1;
byte seq = 1; byte tseq = 1; byte clr = 1;
byte metaServer = 1;            /* the server identity in the meta */
byte server = 1;                /* the server that runs */
byte lg[12];                    /* the log: what each number was */
bool eP; byte eV; byte eS; byte eL;   /* the entry: there, version, start, line */
byte f; byte tokens;            /* the fence, 0 if there is none */
bool tP; byte tR;               /* the record of the tag */

/* Instances: the view (coherence/view.ts), the entry in L1, the flight (flights.ts). */
byte vInc[NI] = 1;              /* 0: the numbering is unknown */
byte retired[NI];               /* one bit for each inc that was left */
byte applied[NI] = 1;
byte ahead[NI];                 /* what is applied beyond a gap, one bit for each number */
byte minS[NI];
byte cell[NI];                  /* the cell of the tag, and the floor: see tags.pml for the two apart */
bool l1P[NI]; byte l1V[NI]; byte l1S[NI];
byte l1At[NI];                  /* ghost: what had been invalidated when the entry was read */
byte conf[NI] = 1;              /* ghost: what had been invalidated when the view was last confirmed */
byte dirty[NI];
byte qS[NI]; byte qG[NI];       /* a question that waits for messages: its number, and its ghost */
byte gBeat[NI]; byte gRead[NI];   /* ghosts: what had been invalidated when each was sent */
bool want[NI];                  /* a hole was noticed: the log is to be asked */
chan q[NI] = [CAP] of { byte, byte, byte };   /* the subscription: inc, seq, what */

/* ---- Verdicts (find.ts isCoherent, entry.ts isServable) ---- */

#ifdef BREAK_NO_RECORD_FLOOR
#define tagOk(s) (!tP || tR <= (s))
#else
#define tagOk(s) ((tP && tR <= (s)) || (!tP && tseq <= (s)))
#endif
#ifdef BREAK_NO_LINE
#define lineOk(l) true
#else
#define lineOk(l) ((l) == line)
#endif
#define eValid (eP && lineOk(eL) && eS >= clr && tagOk(eS))
#define servable(i) (l1P[i] && l1S[i] >= minS[i] && cell[i] <= l1S[i])

/* I1, I4: what L2 has and a reader would believe is not older than what was invalidated. */
#define CHECK_L2 assert(!eValid || eV >= ginv)
/* I2, I3: nor is what L1 serves, as of the question that confirmed it and as of its own read. */
#define CHECK_L1(i) assert(!servable(i) || (l1V[i] >= conf[i] && l1V[i] >= l1At[i]))

/* ---- One instance applies (coherence/apply.ts, view.ts) ---- */

inline apply(i, s, what) {
  if
  :: what == KEY ->
     if :: l1S[i] < s -> l1P[i] = 0 :: else fi;
     dirty[i] = MAX(dirty[i], s)
  :: what == TAG -> cell[i] = MAX(cell[i], s)
  :: what == CLEAR -> minS[i] = MAX(minS[i], s)
  :: else
  fi
}
/* View.advance: with S what was applied after the gap counts too. */
inline advance(i, S) {
  applied[i] = S;
  do
  :: ahead[i] & (1 << (applied[i] + 1)) -> applied[i]++
  :: else -> break
  od;
  ahead[i] = ahead[i] & ~((2 << applied[i]) - 1)
}
inline settle(i) {
  if
  :: qS[i] != 0 && qS[i] <= applied[i] -> conf[i] = MAX(conf[i], qG[i]); qS[i] = 0; qG[i] = 0
  :: else
  fi
}
/* Local numbers only grow, so that nothing of a numbering that is left is served: here it is dropped. */
inline distrust(i) {
  if
  :: vInc[i] != 0 -> retired[i] = retired[i] | (1 << vInc[i])
  :: else
  fi;
  vInc[i] = 0; l1P[i] = 0; l1V[i] = 0; l1S[i] = 0; l1At[i] = 0; conf[i] = 0;
  minS[i] = 0; cell[i] = 0; dirty[i] = INF; qS[i] = 0; qG[i] = 0; want[i] = 0; applied[i] = 0; ahead[i] = 0
}
inline adopt(i, I, S, g) {
  distrust(i);
  retired[i] = retired[i] & ~(1 << I);
  /* Only stamps from S on are installed: that is what `dirty` says in local numbers. */
  vInc[i] = I; applied[i] = S; minS[i] = S; dirty[i] = 0; conf[i] = g
}
/* Watch.noticed: the numbers that came with any reply. */
inline noticed(i, I, S) {
  if
  :: vInc[i] == 0
  :: vInc[i] != 0 && I == vInc[i] -> if :: S > applied[i] -> want[i] = 1 :: else fi
  :: vInc[i] != 0 && I != vInc[i] -> if :: !(retired[i] & (1 << I)) -> distrust(i) :: else fi
  fi
}

/* ---- A write: ARCHITECTURE.md section 4 (redis/scripts/change.ts) ---- */

proctype Writer() {
  byte my, what, i;
  atomic {                                        /* the caller commits */
#ifdef ONLY
    what = ONLY;
#else
    select(what : 0 .. 3);
#endif
    if :: what != OTHER -> db++; my = db :: else fi
  }
  atomic {                                        /* step 2: one script */
    seq++;
    lg[seq] = what;
    if
    :: what == KEY -> eP = 0; f = 0
    :: what == TAG -> tseq = seq; if :: tP -> tR = seq :: else fi
    :: what == CLEAR -> clr = seq
    :: else
    fi;
    ginv = MAX(ginv, my);
    i = 0;
    do
    :: i < NI ->
       if
#ifndef DEAF
       :: nfull(q[i]) -> q[i]!inc, seq, what
#endif
       :: true                                    /* lost */
       fi;
       i++
    :: else -> break
    od;
    i = 0; what = 0; my = 0;
    CHECK_L2
  }
}

/* ---- Messages: section 4, step 4 (coherence/sequence.ts receive, watch.ts onMessage) ---- */

proctype Messages(byte i) {
  byte I, s, what;
end:
  do
  :: atomic { q[i]?I, s, what ->
       if
       :: I != vInc[i] ->
          if
          :: retired[i] & (1 << I)                /* of a numbering that was left: says nothing */
          :: else -> distrust(i)
          fi
       :: I == vInc[i] && s <= applied[i]         /* repeated */
       :: I == vInc[i] && s == applied[i] + 1 -> apply(i, s, what); advance(i, s); settle(i)
       :: I == vInc[i] && s > applied[i] + 1 ->   /* a gap */
          apply(i, s, what);
#ifdef BREAK_NO_GAP
          applied[i] = s; settle(i)
#else
          ahead[i] = ahead[i] | (1 << s); want[i] = 1
#endif
       fi;
       I = 0; s = 0; what = 0;
       CHECK_L1(i)
     }
  od
}

/* What was missed is fetched (sequence.ts catchUp, redis/scripts/replay.ts). */
proctype CatchUp(byte i) {
  byte I, J, S, j; bool same; int log;
end:
  do
  :: atomic { want[i] && vInc[i] != 0 -> want[i] = 0; I = vInc[i] }
     atomic {                                     /* the script */
       J = inc; S = seq;
       same = (inc == I && metaServer == server);
#ifdef BREAK_LOG_OF_ANOTHER
       same = 1; J = I;
#endif
       j = 1;
       do :: j <= S -> log = log | (lg[j] << (2 * j)); j++ :: else -> break od;
       j = 0
     }
     atomic {                                     /* the reply */
       if
       :: vInc[i] != I                            /* left behind while waiting */
       :: vInc[i] == I && J != I -> distrust(i)
       :: vInc[i] == I && J == I ->
          if
          :: true                                 /* the log does not reach so far */
          :: same ->
             j = applied[i] + 1;
             do
             :: j <= S -> apply(i, j, ((log >> (2 * j)) & 3)); advance(i, j); j++
             :: else -> break
             od
          fi;
          if
          :: applied[i] < S ->
#ifndef BREAK_SHORT_LOG_IS_ALL
             minS[i] = MAX(minS[i], S); dirty[i] = MAX(dirty[i], S);
#endif
             advance(i, S)
          :: else
          fi;
          settle(i)
       fi;
       I = 0; J = 0; S = 0; j = 0; same = 0; log = 0;
       CHECK_L1(i)
     }
  od
}

/* The beat (coherence/watch.ts, redis/scripts/hello.ts). Who knows no numbering asks until it does. */
proctype Beat(byte i) {
  byte n, I, S;
end:
  do
  :: atomic {                                     /* sent at `at` */
       n < NH || vInc[i] == 0 ->
       if :: n < NH -> n++ :: else fi; gBeat[i] = ginv }
     atomic {                                     /* the script */
#ifndef BREAK_SAME_INC
       if :: metaServer != server -> metaServer = server; names++; inc = names :: else fi;
#endif
       I = inc; S = seq
     }
     atomic {                                     /* the reply */
#ifdef BREAK_CONFIRM_AT_REPLY
       gBeat[i] = ginv;
#endif
       if
       :: I != vInc[i] -> adopt(i, I, S, gBeat[i])
       :: I == vInc[i] ->
#ifdef BREAK_CONFIRM_EARLY
          conf[i] = MAX(conf[i], gBeat[i]);
#endif
          /* Up to 16 questions are kept: each is the older or the newer of two. */
          if
          :: true -> qS[i] = S; qG[i] = gBeat[i]
          :: qS[i] != 0
          fi;
          settle(i);
          if :: qS[i] != 0 -> want[i] = 1 :: else fi
       fi;
       gBeat[i] = 0; I = 0; S = 0;
       CHECK_L1(i)
     }
  od
}

/* ---- A read: section 3 (find.ts, load.ts, fill.ts, install.ts) ---- */

#ifdef BREAK_NO_DIRTY
#define clean(i, S) true
#else
#define clean(i, S) (dirty[i] <= (S))
#endif
#ifdef BREAK_STAMP_OF_VIEW
/* No stamp of its own: a value counts as up to date with whatever is applied when it arrives. */
#define stampOf(i, S) applied[i]
#define overtaken(i, S) (dirty[i] != 0)
#else
#define stampOf(i, S) (S)
#define overtaken(i, S) ((S) < minS[i] || cell[i] > (S) || !clean(i, S))
#endif
inline install(i, I, S, v) {
  if
  :: I == vInc[i] && !overtaken(i, S) ->
     l1P[i] = 1; l1V[i] = v; l1S[i] = stampOf(i, S); l1At[i] = gRead[i]; held = 1
  :: else
  fi;
  CHECK_L1(i)
}
#ifdef BREAK_NO_FENCE
#define fenceOk(t) true
#else
#define fenceOk(t) (f == (t))
#endif
#ifdef BREAK_FILL_IGNORES_TAGS
#define fillTagOk(s) true
#else
#define fillTagOk(s) tagOk(s)
#endif
#ifdef BREAK_FILL_OF_FUTURE
#define given(s) true
#else
#define given(s) ((s) <= seq)
#endif

proctype Reader(byte i) {
  byte n, S, I, L, v, t; bool hit, held, stored;
end:
  do
  :: n < NR ->
     /* Step 3: one MGET. Its flight may begin here: what is applied between the sending and the
      * execution has a number that the reply knows. */
     atomic {
       vInc[i] != 0 -> n++; dirty[i] = 0;
       S = seq; I = inc; gRead[i] = ginv; hit = eValid; v = eV;
       assert(!hit || v >= ginv)
     }
     if
     :: hit -> atomic { noticed(i, I, S); install(i, I, S, v) }
     :: else ->
        atomic {                                  /* step 4: the right to load (acquire.ts) */
          noticed(i, I, S);
          if
          :: vInc[i] == 0 -> S = 0
          :: else ->
             dirty[i] = 0; S = seq; I = inc; L = line; gRead[i] = ginv;
             if :: f == 0 -> tokens++; f = tokens :: else fi;
             t = f
          fi
        }
        if
        :: S == 0                                 /* the numbering was left: the flight is begun anew */
        :: else ->
           atomic { noticed(i, I, S); v = db }    /* step 5: the loader reads; */
#ifdef LOADS_FAIL
           if :: goto over :: true fi;
#endif
           atomic { install(i, I, S, v) }      /* its value enters L1 with that stamp, */
           if
           :: I == vInc[i] ->
              atomic {                            /* step 7: and then L2 (fill.ts) */
                if
                :: fenceOk(t) && lineOk(L) && clr <= S && fillTagOk(S) && given(S) ->
                   eP = 1; eV = v; eL = line; eS = S; f = 0;
                   if :: !tP -> tP = 1; tR = tseq :: else fi;
                   stored = 1; S = seq; I = inc
                :: else
                fi;
                CHECK_L2
              }
              atomic {
                if
                :: stored && !held -> install(i, I, S, v)
#ifndef SAFE_REFUSED_STAYS
                :: !stored && held -> l1P[i] = 0  /* a refused value leaves L1 as well */
#endif
                :: else
                fi
              }
           :: else
           fi
        fi
     fi;
over:
     atomic { hit = 0; held = 0; stored = 0; S = 0; I = 0; L = 0; v = 0; t = 0; gRead[i] = 0 }
  :: else -> break
  od
}

/* ---- What may be lost: section 5, I4; section 7 ---- */

proctype Faults() {
  byte n;
  do
  :: n < NE -> atomic {
       n++;
       if
#ifndef ONLY_META
       :: eP = 0
       :: f = 0
       :: tP = 0
#endif
       /* The meta is lost: the next script mints a line. Its numbers begin at Redis' clock, and here
        * at the lowest number: nothing depends on the clock. */
       :: names++; line = names; inc = names; metaServer = server; seq = 1; tseq = 1; clr = 1
       :: names++; line = names; inc = names; metaServer = server; seq = 1; tseq = 1; clr = 1;
          eP = 0; f = 0; tP = 0                   /* FLUSHALL */
       fi;
       CHECK_L2 }
  :: break
  od
}

#ifdef FAILOVER
byte rSeq = 1; byte rTseq = 1; byte rClr = 1; byte rLine = 1; byte rInc = 1; byte rServer = 1;
byte rGinv = 1; byte rV; byte rS; byte rL; byte rF; byte rR; bool rP; bool rTP;
proctype Failover() {
  byte i;
  if
  :: atomic {                                     /* how far the replica got */
       rSeq = seq; rTseq = tseq; rClr = clr; rLine = line; rInc = inc; rServer = metaServer;
       rP = eP; rV = eV; rS = eS; rL = eL; rF = f; rTP = tP; rR = tR; rGinv = ginv }
  :: skip
  fi;
  atomic {
    seq = rSeq; tseq = rTseq; clr = rClr; line = rLine; inc = rInc; metaServer = rServer;
    eP = rP; eV = rV; eS = rS; eL = rL; f = rF; tP = rTP; tR = rR;
    server++;
    /* Lost invalidations are excused: their writers send them again (recent.ts), which is not here. */
    ginv = rGinv;
    i = 0;
    do
    :: i < NI ->
       conf[i] = MIN(conf[i], ginv); l1At[i] = MIN(l1At[i], ginv); qG[i] = MIN(qG[i], ginv);
       gBeat[i] = MIN(gBeat[i], ginv); gRead[i] = MIN(gRead[i], ginv); i++
    :: else -> break
    od;
    i = 0
  }
}
#endif

init {
  byte i;
  atomic {
    do
    :: i < NI -> run Messages(i); run CatchUp(i); run Reader(i); run Beat(i); i++
    :: else -> break
    od;
    i = 0;
    do :: i < NW -> run Writer(); i++ :: else -> break od;
    run Faults();
#ifdef FAILOVER
    run Failover();
#endif
  }
}
