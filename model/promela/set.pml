/* `set`: the last one in Redis' order wins, in both tiers and everywhere.
 *
 * Two instances, one key that is not there at first. Each value that is set is a number of its own.
 * Messages are not lost; coherence.pml loses them.
 *
 *   NS sets of each instance; NR reads of each; NF sets that get no answer; -DOOM  Redis may have no memory
 */
#ifndef NS
#define NS 1
#endif
#ifndef NR
#define NR 1
#endif
#ifndef NF
#define NF 0
#endif
#define CAP 4
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define LOADED 9                        /* what any loader gives */

byte seq = 1;
bool eP; byte eV;
byte f; byte tokens;
byte sets;                              /* ghosts: sets that have executed; */
byte was[12];                           /* what was stored by each number; 0: nothing, or unknown */
byte calls;                             /* values given so far */
byte resolved;                          /* calls that have resolved, one bit each; */
byte after[9];                          /* and which of them had when a value was given */
bool kept[2];                           /* the outbox of each instance, and what was to be set */
byte keptV[2];
byte fails;

bool l1P[2]; byte l1V[2]; byte l1S[2];
byte last[2];                           /* ghost: the last number that was applied here */
byte minS[2];
byte rDirty[2]; bool rHolds[2];         /* the flight of a read or load */
byte sDirty[2]; byte sHolds[2];         /* the flight of a set: which value may be installed */
chan q[2] = [CAP] of { byte };

/* What L1 has is what Redis had at its stamp, and nothing that was applied here came after it. */
#define CHECK_L1(i) assert(!l1P[i] || l1S[i] < minS[i] || (l1S[i] >= last[i] && (was[l1S[i]] == 0 || l1V[i] == was[l1S[i]])))

inline apply(i, s) {
  if :: l1P[i] && l1S[i] < s -> l1P[i] = 0 :: else fi;
  if :: rHolds[i] -> rDirty[i] = MAX(rDirty[i], s) :: else fi;
  if :: sHolds[i] -> sDirty[i] = MAX(sDirty[i], s) :: else fi;
  last[i] = MAX(last[i], s);
  CHECK_L1(i)
}
inline tell() { q[0]!seq; q[1]!seq }
inline execute(v) {                     /* change.ts, step 's' */
  seq++;
  /* Who began after another one had resolved is not overwritten by it. */
  assert(!eP || eV == LOADED || !(after[eV] & (1 << v)));
  if
  :: true -> eP = 1; eV = v; was[seq] = v; sets++
#ifdef OOM
  :: true -> eP = 0; sets++             /* the key is dropped all the same */
#endif
  fi;
#ifndef BREAK_SET_KEEPS_FENCE
  f = 0;
#endif
  tell()
}

/* write.ts #setInShard, #keepHere */
proctype Setter(byte i) {
  byte v, s;
  atomic {
    calls++; v = calls; after[v] = resolved;
    l1P[i] = 0; rHolds[i] = 0;          /* Shard.drop */
    sHolds[i] = v; sDirty[i] = 0
  }
  if
  :: atomic { !kept[i] -> execute(v); s = seq }
     if
     :: atomic {
          apply(i, s);
          /* A set that another one replaced in its table installs nothing. */
          if
#ifdef BREAK_SET_INSTALLS_WHEN_OVERTAKEN
          :: true -> l1P[i] = 1; l1V[i] = v; l1S[i] = s
#else
          :: sHolds[i] == v && sDirty[i] <= s && s >= minS[i] -> l1P[i] = 1; l1V[i] = v; l1S[i] = s
          :: else
#endif
          fi;
          if :: sHolds[i] == v -> sHolds[i] = 0 :: else fi;
          CHECK_L1(i) }
     :: atomic { fails < NF -> fails++; kept[i] = 1; keptV[i] = v; minS[i] = 255; l1P[i] = 0;
          rDirty[i] = 255; if :: sHolds[i] == v -> sHolds[i] = 0 :: else fi }
     fi
  :: atomic { (kept[i] || fails < NF) ->
       if :: kept[i] :: else -> fails++ fi;
       kept[i] = 1; keptV[i] = v; minS[i] = 255; l1P[i] = 0;
       rDirty[i] = 255; if :: sHolds[i] == v -> sHolds[i] = 0 :: else fi }
  fi;
  atomic { resolved = resolved | (1 << v); v = 0; s = 0 }
}

/* What was kept is brought to Redis: outbox.ts. Then the instance follows the numbering again. */
proctype Flush(byte i) {
end:
  do
  :: atomic { kept[i] -> kept[i] = 0;
#ifdef BREAK_SET_IS_KEPT_AS_SET
       execute(keptV[i]);
#else
       seq++; eP = 0; f = 0; tell();
#endif
       keptV[i] = 0; minS[i] = seq; last[i] = MAX(last[i], 0);
       if :: rHolds[i] -> rDirty[i] = seq :: else fi }
  od
}

proctype Messages(byte i) {
  byte s;
end:
  do
  :: atomic { q[i]?s -> if :: minS[i] != 255 -> apply(i, s) :: else fi; s = 0 }
  od
}

proctype Reader(byte i) {
  byte n, S, v, t, began; bool hit;
end:
  do
  :: n < NR ->
     atomic { n++; rHolds[i] = 1; rDirty[i] = 0; S = seq; hit = eP; v = eV }
     if
     :: hit
     :: else ->
        atomic {                        /* acquire; what was stored meanwhile is read instead */
          if
          :: eP -> S = 0
          :: else ->
             rHolds[i] = 1; rDirty[i] = 0; S = seq; began = sets;
             if :: f == 0 -> tokens++; f = tokens :: else fi;
             t = f; v = LOADED
          fi }
     fi;
     atomic {
       if
       :: S != 0 && S >= minS[i] && rDirty[i] <= S &&
#ifdef BREAK_FORGOTTEN_FLIGHT_INSTALLS
          true
#else
          rHolds[i]
#endif
          -> l1P[i] = 1; l1V[i] = v; l1S[i] = S
       :: else
       fi;
       CHECK_L1(i) }
     atomic {
       if
       :: !hit && S != 0 && f == t ->
          assert(began == sets);        /* I1: no set came in between */
          eP = 1; eV = v; f = 0
       :: else
       fi;
       rHolds[i] = 0; rDirty[i] = 0; S = 0; v = 0; t = 0; began = 0; hit = 0 }
  :: else -> break
  od
}

init {
  byte i, j;
  atomic {
    do
    :: i < 2 ->
       run Messages(i); run Reader(i); run Flush(i);
       j = 0;
       do :: j < NS -> run Setter(i); j++ :: else -> break od;
       i++
    :: else -> break
    od
  }
}
