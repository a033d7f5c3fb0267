/** How reads ended: counted for each family, and for the keys of none. */
export class ReadCounters {
  hitL1 = 0
  hitL2 = 0
  stale = 0
  grace = 0
  loaded = 0
  absent = 0
  failed = 0
}

/** What is always counted: each costs one increment. */
export class Counters {
  loads = 0
  loadErrors = 0
  loadTimeouts = 0
  /** Loads that were not begun, since too many were waiting, or they had waited too long. */
  loadsRefused = 0
  /** Sliding lives that reads of this process have prolonged, or found prolonged. */
  extended = 0
  /** Looks at what another instance was loading. */
  leaseWaits = 0
  /** Loads whose value was not stored in L2, since it was invalidated meanwhile. */
  fillsRefused = 0
  /** Loaded values that were not sent to L2, since too many were under way: kept in L1 alone. */
  fillsDropped = 0
  /** Values that could not be turned into bytes, or to too many: kept in L1 alone. */
  unstored = 0
  /** Values that an invalidation overtook on their way to L1. */
  overtaken = 0
  /** Background refreshes that were not begun, since too many were under way. */
  refreshesDropped = 0
  refreshErrors = 0
  frameErrors = 0
  tierErrors = 0
  messages = 0
  gaps = 0
  rebases = 0
  reconnects = 0
  healed = 0
  /** Invalidations that waited for Redis still when the cache was closed. */
  outboxDropped = 0
  /** Attempts to update a value that others had changed meanwhile. */
  updateConflicts = 0
  /** Servers that took over and lacked more than is sent again. */
  dataLosses = 0
  /** Mutations that took longer than their intents lived. */
  lateMutations = 0
  busErrors = 0
}
