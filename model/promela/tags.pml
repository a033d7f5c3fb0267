/* Tags that the loader set, cells and their floor, and who may join a flight.
 *
 * One shard, one instance, one key. The loader gives the value one of two tags, A or B, which the
 * reader can't know before it has read the entry. Whichever the tag, each has a source row of its own.
 * Messages are not lost here (coherence.pml loses them), but come as late as they like.
 *
 *   NR flights; NJ callers who may join one; NW writers; NE lost records or entries; NX evictions from L1
 */
#ifndef NR
#define NR 2
#endif
#ifndef NJ
#define NJ 1
#endif
#ifndef NW
#define NW 2
#endif
#ifndef NE
#define NE 0
#endif
#ifndef NX
#define NX 1
#endif
#define CAP 3
#define MAX(a, b) ((a) > (b) -> (a) : (b))

#define KEY 0
#define TAG 1
#define CLEAR 2

/* The source, a row for each tag. Ghosts: the newest version whose invalidation has executed, and
 * the newest whose invalidation was applied here. */
byte db[2] = 1;
byte ginv[2] = 1;
byte seen[2] = 1;

/* Redis. */
byte seq = 1; byte tseq = 1; byte clr = 1;
bool eP; byte eV; byte eT; byte eS;     /* the entry: version, tag, start */
bool tP[2]; byte tR[2];                 /* the records */
byte f; byte tokens;

/* This instance. */
byte minS;
byte floorS;                            /* Cells.#floor */
bool cP[2]; byte cS[2];                 /* the cells: kept while L1 holds an entry with the tag */
bool l1P; byte l1V; byte l1T; byte l1S;
byte l1At;                              /* ghost: what was invalidated when the entry was read */
chan q = [CAP] of { byte, byte, byte, byte, byte };   /* seq, what, tag; ghosts: row, version */

/* The flight. */
bool flying; byte dirty; bool closed;
bool joined; byte need[2];              /* somebody joined: what had been applied here by then */

#define record(T, floor) (tP[T] -> tR[T] : (floor))
#define eValid (eP && eS >= clr && record(eT, tseq) <= eS)
#define servable (l1P && l1S >= minS && cS[l1T] <= l1S)
#define CHECK_L2 assert(!eValid || eV >= ginv[eT])
#define CHECK_L1 assert(!servable || (l1V >= seen[l1T] && l1V >= l1At))

/* The entry leaves L1: its cell is held no more, and what it said goes into the floor (Cells.release). */
inline release() {
  if
  :: l1P ->
#ifndef BREAK_PRUNED_CELL_IS_FORGOTTEN
     floorS = MAX(floorS, cS[l1T]);
#endif
     cP[l1T] = 0; cS[l1T] = 0
  :: else
  fi;
  l1P = 0; l1V = 0; l1T = 0; l1S = 0; l1At = 0
}

proctype Writer() {
  byte row, what, my;
  atomic {
    select(row : 0 .. 1); select(what : 0 .. 2);
    db[row]++; my = db[row]
  }
  atomic {
    seq++;
    if
    :: what == KEY -> eP = 0; f = 0
    :: what == TAG -> tseq = seq; if :: tP[row] -> tR[row] = seq :: else fi
    :: what == CLEAR -> clr = seq
    fi;
    /* By its key an entry of any row goes, but only this row has a new version. */
    ginv[row] = MAX(ginv[row], my);
    q!seq, what, row, row, my;
    row = 0; what = 0; my = 0;
    CHECK_L2
  }
}

proctype Messages() {
  byte s, what, tag, row, my;
end:
  do
  :: atomic { q?s, what, tag, row, my ->
       if
       :: what == KEY ->
          if :: l1P && l1S < s -> release() :: else fi;
          dirty = MAX(dirty, s)
       :: what == TAG ->
          if
          :: cP[tag] -> cS[tag] = MAX(cS[tag], s)
          :: !cP[tag] ->
#ifndef BREAK_NO_CELL_FLOOR
             floorS = MAX(floorS, s)
#else
             skip
#endif
          fi
       :: what == CLEAR -> minS = MAX(minS, s)
       fi;
#ifndef BREAK_FLIGHTS_STAY_OPEN
       if :: what != KEY -> closed = 1 :: else fi;
#endif
       seen[row] = MAX(seen[row], my);
       s = 0; what = 0; tag = 0; row = 0; my = 0;
       CHECK_L1
     }
  od
}

#define overtaken(T, S) ((S) < minS || dirty > (S) || (S) < floorS || (cP[T] && cS[T] > (S)))

inline install(S, v, T, at) {
  if
  :: !overtaken(T, S) ->
     /* The cell is held for the new entry before the one it replaces gives its own back. */
     if
     :: l1P && l1T == T
     :: else ->
        release();
        cP[T] = 1;
        cS[T] = floorS
     fi;
     l1P = 1; l1V = v; l1T = T; l1S = S; l1At = at; held = 1
  :: else
  fi;
  CHECK_L1
}
/* The answer is not older than what was applied here before a caller joined. */
inline answer(v, T) {
  assert(!joined || v >= need[T]);
  joined = 0; need[0] = 0; need[1] = 0;
  flying = 0; dirty = 0; closed = 0
}

/* A tag whose record was not read along is read in a second round, with the entry and the meta anew. */
#ifdef BREAK_UNREAD_TAG_IS_FINE
#define UNREAD_IS_FINE true
#else
#define UNREAD_IS_FINE false
#endif
#define unread(T) (!(known & (1 << (T))))

proctype Flight() {
  byte n, tries, S, v, T, st, t, at, mTseq, mClr;
  byte known;                             /* the tags whose records are read along, one bit each */
  byte g[2];
  bool hit, held, stored, again, valid;
  do
  :: n < NR ->
     /* Read and load are two flights; who may join either is the same question. */
     atomic { n++; flying = 1; dirty = 0; closed = 0; known = 0; tries = 0; again = 1;
#ifdef DECLARED
              known = 1;                  /* the caller named tag A */
#endif
              g[0] = ginv[0]; g[1] = ginv[1] }
     do
     :: again ->
        atomic {                          /* MGET meta e t... */
          again = 0; tries++;
#ifdef BREAK_META_OF_FIRST_READ
          if :: tries == 1 -> S = seq; mTseq = tseq; mClr = clr :: else fi;
#else
          S = seq; mTseq = tseq; mClr = clr;
#endif
#ifdef BREAK_ENTRY_OF_FIRST_READ
          if :: tries == 1 -> hit = eP; v = eV; T = eT; st = eS :: else fi;
#else
          hit = eP; v = eV; T = eT; st = eS;
#endif
          at = ginv[T];
          valid = hit && st >= mClr && (record(T, mTseq) <= st || unread(T) && UNREAD_IS_FINE)
        }
        atomic {                          /* the reply (find.ts onRead) */
          if
          :: hit && dirty > S && tries <= 3 -> again = 1; dirty = 0
          :: hit && !(dirty > S && tries <= 3) && unread(T) && !UNREAD_IS_FINE ->
             if
             :: tries <= 3 -> again = 1; known = known | (1 << T); dirty = 0
             :: else -> hit = 0
             fi
          :: else
          fi
        }
     :: !again -> break
     od;
     if
     :: hit && valid -> atomic { assert(v >= g[T]); install(S, v, T, at); answer(v, T) }
     :: else ->
        atomic {                          /* acquire */
          dirty = 0; closed = 0; S = seq;
          if :: f == 0 -> tokens++; f = tokens :: else fi;
          t = f
        }
        atomic { select(T : 0 .. 1); v = db[T]; at = ginv[T] }   /* the loader reads, and gives a tag */
        atomic { install(S, v, T, at); answer(v, T) }
        atomic {                          /* fill */
          if
          :: f == t && clr <= S && record(T, tseq) <= S ->
             eP = 1; eV = v; eT = T; eS = S; f = 0;
             if
             :: !tP[T] -> tP[T] = 1; tR[T] = tseq
             :: else
             fi;
             stored = 1
          :: else
          fi;
          CHECK_L2
        }
     fi;
     atomic { hit = 0; held = 0; stored = 0; valid = 0; S = 0; v = 0; T = 0; st = 0; t = 0; at = 0;
              mTseq = 0; mClr = 0; known = 0; tries = 0; g[0] = 0; g[1] = 0 }
  :: else -> break
  od
}

/* A caller who finds a flight under way: see `answer`. */
proctype Joiner() {
  byte n;
end:
  do
  :: atomic { n < NJ && flying && dirty == 0 && !closed && !joined ->
       n++; joined = 1; need[0] = seen[0]; need[1] = seen[1] }
  :: else -> break
  od
}

proctype Losses() {
  byte n, x;
  do
  :: n < NE -> atomic { n++; if :: eP = 0 :: tP[0] = 0; tR[0] = 0 :: tP[1] = 0; tR[1] = 0 fi; CHECK_L2 }
  :: atomic { x < NX && l1P -> x++; release(); CHECK_L1 }
  :: break
  od
}

init {
  byte i;
  atomic {
    run Messages(); run Flight(); run Losses();
    if :: NJ > 0 -> run Joiner() :: else fi;
    do :: i < NW -> run Writer(); i++ :: else -> break od
  }
}
