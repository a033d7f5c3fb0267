/* The lease: one instance loads, the others wait for its fill, and nobody waits for ever.
 *
 * One key, NI instances of which each reads once, with nothing in L1, and asks for the right with or without
 * having read L2 before. The lease ends by itself (NL
 * times at most, so that "once" can be told from "always"), the leader's load may fail, and one
 * instance may die while it has the lease (-DCRASH).
 *
 *   NI instances; NW writers; NL leases that end by themselves
 */
#ifndef NI
#define NI 3
#endif
#ifndef NW
#define NW 1
#endif
#ifndef NL
#define NL 1
#endif

byte db = 1; byte ginv = 1;
byte seq = 1;
bool eP; byte eV; byte eS;
byte f; byte lease; byte tokens;        /* 0: there is none */

/* Ghosts: loads that ran, and what gave cause for another one. */
byte loads; byte causes = 1;
bool crashed;

#define CHECK_L2 assert(!eP || eV >= ginv)

proctype Writer() {
  byte my;
  atomic { db++; my = db }
  atomic {                              /* change.ts: the entry, the fence and the lease go */
    seq++;
#ifndef BREAK_CHANGE_KEEPS_FENCE
    f = 0;
#endif
    if :: lease != 0 -> causes++ :: else fi;
    if :: eP -> causes++ :: else fi;
    eP = 0;
#ifndef SAFE_CHANGE_KEEPS_LEASE
    lease = 0;
#endif
    if :: my > ginv -> ginv = my :: else fi;
    my = 0;
    CHECK_L2
  }
}

proctype LeaseEnds() {
  byte n;
end:
  do
  :: atomic { n < NL && lease != 0 -> n++; lease = 0; causes++ }
  :: n >= NL -> break
  od
}

/* load.ts acquire: section 3, step 4 */
proctype Reader() {
  byte S, v, t, mine, need; bool isLeader, stored, ran, isUnread;
  need = ginv;
  if :: isUnread = 1 :: skip fi;        /* whether it has read L2 before, and found nothing */
look:
  atomic {                              /* acquire.ts: fence, lease and seq in one script */
    S = seq;
    if :: f == 0 -> tokens++; f = tokens :: else fi;
    t = f;
    tokens++; mine = tokens;
    if
    :: lease == 0 -> lease = mine; isLeader = 1
    :: else ->
#ifdef BREAK_EVERYBODY_IS_ELECTED
       isLeader = 1
#else
       isLeader = 0
#endif
    fi;
    stored = eP
  }
#ifndef BREAK_UNREAD_LOADS
  if
  :: stored && isUnread ->              /* it gives the right back, and reads */
     isUnread = 0;
     atomic { if :: lease == mine -> lease = 0 :: else fi };
     atomic {
       if
       :: eP -> assert(eV >= need); v = eV; goto done
       :: else -> goto look             /* invalidated in between */
       fi
     }
  :: else -> isUnread = 0
  fi;
#else
  if
  :: stored && isUnread -> stored = 0
  :: else
  fi;
#endif
  if
  :: stored ->                          /* somebody filled meanwhile: read again */
     atomic {
       if
       :: eP -> assert(eV >= need); v = eV
       :: else -> stored = 0            /* invalidated in between */
       fi
     }
     if
     :: stored && isLeader -> goto giveBack
     :: stored && !isLeader -> goto done
     :: else
     fi
  :: else
  fi;
  if
  :: isLeader -> goto load
  :: else
  fi;
  /* It looks again: after a while, here as soon as there is something to see. What it waits for may
   * never come, and then its patience ends. */
  if
  :: atomic { lease == 0 || eP -> goto look }
#ifndef BREAK_PATIENCE_WITHOUT_END
  :: atomic { timeout -> causes++; goto load }
#ifdef IMPATIENT
  :: atomic { true -> causes++; goto load }
#endif
#endif
  fi;
load:
  atomic { loads++; ran = 1; assert(loads <= causes) }
#ifdef CRASH
  if
  :: atomic { !crashed -> crashed = 1; goto done }       /* the process dies, its lease stays */
  :: true
  fi;
#endif
  if
  :: v = db                             /* the loader reads */
  :: atomic { isLeader -> goto giveBack }                /* the loader fails */
  fi;
  atomic {                              /* fill.ts; who was not elected shows the same fence */
#ifdef BREAK_FOLLOWER_WITHOUT_FENCE
    if :: !isLeader -> t = f :: else fi;
#endif
    if
    :: f == t && t != 0 ->
       eP = 1; eV = v; eS = S; f = 0;
       lease = 0;
       CHECK_L2;
       goto done
    :: else
    fi
  }
giveBack:
  atomic {                              /* release.ts: only if it is still the lease of this acquisition */
    if :: lease == mine && ran -> causes++ :: else fi;
#ifdef BREAK_RELEASE_OF_ANOTHER
    lease = 0
#else
    if :: lease == mine -> lease = 0 :: else fi
#endif
  }
done:
  atomic { S = 0; v = 0; t = 0; mine = 0; need = 0; isLeader = 0; stored = 0; ran = 0; isUnread = 0 }
}

init {
  byte i;
  atomic {
    do :: i < NI -> run Reader(); i++ :: else -> break od;
    i = 0;
    do :: i < NW -> run Writer(); i++ :: else -> break od;
    run LeaseEnds()
  }
}
