/* Two shards: each has its own numbers, messages, view and trust.
 *
 * Key 0 is in shard 0, key 1 in shard 1, and both carry the same tag. One instance holds both. To
 * invalidate the tag takes a script in each shard, in any order; messages may be lost in each.
 *
 *   NR reads of each key; NH beats of each shard; NW own and NP other writers of the tag or of one key
 */
#ifndef NR
#define NR 1
#endif
#ifndef NH
#define NH 1
#endif
#ifndef NW
#define NW 1
#endif
#ifndef NP
#define NP 1
#endif
#define CAP 3
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define TAG 2                           /* else: the key 0 or 1 */

byte db[2] = 1;
byte ginv[2] = 1;                       /* ghost: the newest version whose invalidation has executed */
byte own[2] = 1;                        /* ghost: the newest whose invalidation has resolved here */

byte seq[2]; byte tseq[2];              /* they begin differently, as they do in Redis */
bool eP[2]; byte eV[2]; byte eS[2];
byte f[2]; byte tokens;

byte applied[2]; byte minS[2]; byte cell[2];
bool l1P[2]; byte l1V[2]; byte l1S[2];
byte dirty[2];
byte conf[2] = 1;                       /* ghost: as in coherence.pml */
chan q[2] = [CAP] of { byte, byte };    /* of each shard: number, what */

#define eValid(k) (eP[k] && tseq[k] <= eS[k])
#define servable(k) (l1P[k] && l1S[k] >= minS[k] && cell[k] <= l1S[k])
#define CHECK_L2(k) assert(!eValid(k) || eV[k] >= ginv[k])
#define CHECK_L1(k) assert(!servable(k) || (l1V[k] >= conf[k] && l1V[k] >= own[k]))

/* k: the shard, which is its key's too */
inline apply(k, s, what) {
  if
  :: what == TAG ->
#ifdef BREAK_ONE_TABLE_OF_CELLS
     cell[0] = s; cell[1] = s
#else
     cell[k] = MAX(cell[k], s)
#endif
  :: else ->
     if :: l1S[k] < s -> l1P[k] = 0 :: else fi;
     dirty[k] = MAX(dirty[k], s)
  fi
}
inline change(k, what, my) {
  seq[k]++;
  if :: what == TAG -> tseq[k] = seq[k] :: else -> eP[k] = 0; f[k] = 0 fi;
  ginv[k] = MAX(ginv[k], my);
  if
  :: nfull(q[k]) -> q[k]!seq[k], what
  :: true                               /* lost */
  fi;
  CHECK_L2(k)
}

proctype Other() {
  byte what, a, b;
  atomic {
    select(what : 0 .. 2);
    if :: what != 1 -> db[0]++; a = db[0] :: else fi;
    if :: what != 0 -> db[1]++; b = db[1] :: else fi
  }
  if :: what != 1 -> atomic { change(0, what, a) } :: else fi;
  if :: what != 0 -> atomic { change(1, what, b) } :: else fi;
  atomic { what = 0; a = 0; b = 0 }
}

/* An own invalidation of the tag: write.ts #changeAll, originate.ts #applyShared in each shard. */
byte answers;                           /* that the call waits for */
byte mine[2];
proctype Part(byte k) {
  byte s;
  atomic { change(k, TAG, mine[k]); s = seq[k] }
  atomic { apply(k, s, TAG); answers--; s = 0; CHECK_L1(k) }
}
proctype Own() {
  atomic { db[0]++; mine[0] = db[0]; db[1]++; mine[1] = db[1]; answers = 2; run Part(0); run Part(1) }
  atomic {
#ifdef BREAK_RESOLVES_WITH_THE_FIRST
    answers < 2 ->
#else
    answers == 0 ->                     /* Promise.all */
#endif
    own[0] = MAX(own[0], mine[0]); own[1] = MAX(own[1], mine[1]);
    CHECK_L1(0); CHECK_L1(1)
  }
}

proctype Messages(byte k) {
  byte s, what;
end:
  do
  :: atomic { q[k]?s, what ->
       if
       :: s <= applied[k]
       :: s == applied[k] + 1 -> apply(k, s, what); applied[k] = s
       :: s > applied[k] + 1 -> apply(k, s, what); minS[k] = MAX(minS[k], s); dirty[k] = MAX(dirty[k], s); applied[k] = s
       fi;
#ifdef BREAK_NUMBER_OF_ANOTHER_SHARD
       /* One number for all: what one shard told is taken as told by the other too. */
       applied[1 - k] = MAX(applied[1 - k], s);
#endif
       s = 0; what = 0;
       CHECK_L1(k) }
  od
}

proctype Beat(byte k) {
  byte n, g, h, S;
  do
  :: n < NH ->
     atomic { n++; g = ginv[k]; h = ginv[1 - k] }
     S = seq[k];
     atomic {
       if
       :: applied[k] < S -> minS[k] = MAX(minS[k], S); dirty[k] = MAX(dirty[k], S); applied[k] = S
       :: else
       fi;
       conf[k] = MAX(conf[k], g);
#ifdef BREAK_ONE_TRUST
       conf[1 - k] = MAX(conf[1 - k], h);
       CHECK_L1(1 - k);
#endif
       g = 0; h = 0; S = 0;
       CHECK_L1(k) }
  :: else -> break
  od
}

inline install(k, S, v) {
  if
  :: S >= minS[k] && dirty[k] <= S && cell[k] <= S -> l1P[k] = 1; l1V[k] = v; l1S[k] = S
  :: else
  fi;
  CHECK_L1(k)
}
proctype Reader(byte k) {
  byte n, S, v, t; bool hit;
  do
  :: n < NR ->
     atomic { n++; dirty[k] = 0; S = seq[k]; hit = eValid(k); v = eV[k]; assert(!hit || v >= ginv[k]) }
     if
     :: hit
     :: else ->
        atomic { dirty[k] = 0; S = seq[k]; if :: f[k] == 0 -> tokens++; f[k] = tokens :: else fi; t = f[k] }
        v = db[k]
     fi;
     atomic { install(k, S, v) }
     atomic {
       if
       :: !hit && f[k] == t && tseq[k] <= S -> eP[k] = 1; eV[k] = v; eS[k] = S; f[k] = 0
       :: else
       fi;
       S = 0; v = 0; t = 0; hit = 0;
       CHECK_L2(k) }
  :: else -> break
  od
}

init {
  byte i;
  atomic {
    seq[0] = 1; seq[1] = 4; tseq[0] = 1; tseq[1] = 4;
    applied[0] = 1; applied[1] = 4;
    do :: i < 2 -> run Messages(i); run Beat(i); run Reader(i); i++ :: else -> break od;
    i = 0;
    do :: i < NP -> run Other(); i++ :: else -> break od;
    if :: NW > 0 -> run Own() :: else fi
  }
}
