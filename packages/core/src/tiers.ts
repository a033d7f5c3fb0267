import type { Entry } from './entry.ts'

/** The tier in this process: synchronous, bounded, may drop anything at any time. */
export interface L1 {
  get(key: string): Entry | undefined
  /** The same without making the entry the most recently used. */
  peek(key: string): Entry | undefined
  set(key: string, entry: Entry): void
  delete(key: string): void
  keys(): readonly string[]
  clear(): void
  readonly entries: number
  readonly bytes: number
  readonly evictions: number
  readonly removed: Readonly<Removed>
}

/** Why entries left L1. One that is out of date stays until it is replaced, or makes room. */
export interface Removed {
  /** To make room for another entry. */
  entries: number
  /** To make room for the bytes of another. */
  bytes: number
  /** Invalidated, here or by a peer, or refused by L2. */
  dropped: number
  /** By a newer value of its key. */
  replaced: number
}

/** State of a shard's numbering, as it was when a script or a read executed. */
export interface Meta {
  /** Names the numbering itself: another line, and nothing from before is comparable. */
  readonly line: string
  /** Names the line on one server process: another incarnation may have lost what the last one said. */
  readonly inc: string
  /** Number of the last invalidation. */
  readonly seq: number
  /** Number of the last invalidation of any tag. */
  readonly tseq: number
  /** Number of the last clear. */
  readonly clr: number
}

/** What one atomic read found. */
export interface L2Read {
  /** Absent when the shard has no numbering yet, or lost it. */
  readonly meta: Meta | undefined
  /** The frames, in the order of the keys that were asked for. */
  readonly frames: readonly (Buffer | null)[]
  /** Numbers of the last invalidation of each tag; `undefined` where no record is kept. */
  readonly records: readonly (number | undefined)[]
}

/** Right to load one key. */
export interface Lease {
  /**
   * Token that a fill must show: every invalidation of the key takes it away. Empty while the key is
   * being mutated: nothing may be stored.
   */
  readonly fence: string
  /** Token of this acquisition. */
  readonly token: string
  /** Whether this caller is to load; the others wait for its fill. */
  readonly isLeader: boolean
  /** End of freshness in the frame that is stored now, as it stands there; 0 where there is none. */
  readonly expiresAt: number
}

export interface Acquired {
  readonly meta: Meta
  /** In the order of the keys that were asked for. */
  readonly leases: readonly Lease[]
  /** Something is being mutated, and it may be by a tag: L1 waits until L2 has taken the value. */
  readonly isMutating: boolean
}

export interface FillRequest {
  readonly key: string
  readonly fence: string
  /** The numbering, and the number in it, that were read before the load began. */
  readonly line: string
  readonly start: number
  readonly ttl: number
  readonly grace: number
  readonly tags: readonly string[]
  readonly frame: Buffer
}

/** What prolongs the life of an entry that is stored, if it is the one that is meant and fresh still. */
export interface ExtendRequest {
  readonly key: string
  /** Checksum of its frame. */
  readonly check: number
  readonly tags: readonly string[]
  /** What it has to live from now on; less than `window` more than it has is left as it is. */
  readonly ttl: number
  readonly window: number
}

export interface Filled {
  /** Absent when the shard lost its numbering. */
  readonly meta: Meta | undefined
  readonly isStored: boolean
}

/** One change of one key: drop it, make it stale, or store a caller's value. */
export type KeyChange =
  | { readonly kind: 'delete' }
  | { readonly kind: 'expire' }
  | {
      readonly kind: 'set'
      readonly ttl: number
      readonly grace: number
      readonly tags: readonly string[]
      readonly frame: Buffer
    }
  /** Stores what has no end, also when memory is full: no server with a `volatile-*` policy may evict it. */
  | { readonly kind: 'keep'; readonly frame: Buffer }

/** The change that drops a key. */
export const DELETE: KeyChange = Object.freeze({ kind: 'delete' })

/** Announces that what a change names is being changed in the source, or that it no longer is. */
export interface Intent {
  /** 16 characters of this mutation alone. */
  readonly token: string
  /** Milliseconds after which it counts as given up; 0: it is over. */
  readonly ttl: number
}

/** What one invalidation script does, all or nothing, under one number. */
export interface Change {
  readonly keys: ReadonlyMap<string, KeyChange>
  readonly tags: ReadonlySet<string>
  readonly clear: boolean
  /** Only with deletes and tags. */
  readonly intent?: Intent
}

/** What a value was computed from: it is stored only if that is so still. */
export type Basis =
  /** Nothing has taken away the fence that was taken under this number, or invalidated a tag since. */
  | {
      readonly kind: 'fence'
      readonly fence: string
      readonly line: string
      readonly start: number
    }
  /** The same is stored as was read, or nothing still, and nothing was invalidated that may void it. */
  | {
      readonly kind: 'entry'
      readonly stored: Buffer | null
      readonly hasTags: boolean
      readonly meta: Meta
    }

export interface SwapRequest {
  readonly key: string
  readonly basis: Basis
  readonly ttl: number
  readonly tags: readonly string[]
  readonly frame: Buffer
  readonly grace: number
}

export interface Swapped {
  /** Absent when the shard lost its numbering. */
  readonly meta: Meta | undefined
  readonly isDone: boolean
  /** It is being mutated, and so is not set. */
  readonly isMutated: boolean
}

export interface CountRequest {
  readonly key: string
  readonly by: number
  /** Where a counter begins that is not there. */
  readonly initial: number
  readonly ttl: number
  readonly tags: readonly string[]
  /** A counter's frame without its payload. */
  readonly head: Buffer
  readonly grace: number
}

export interface Counted {
  readonly meta: Meta
  /**
   * `other`: a value is stored that is no counter, or it is being mutated; `range`: the sum would not
   * be a safe number.
   */
  readonly outcome: 'counted' | 'other' | 'range'
  readonly sum: number
  /** Whether it has a number of its own, which the other instances are told. */
  readonly isTold: boolean
}

export interface Replay {
  readonly meta: Meta | undefined
  /** Messages after the asked number, in order, with no promise that they reach the newest. */
  readonly messages: readonly { readonly seq: number; readonly payload: string }[]
}

/** What is looked for: what is stored, or what is being loaded. */
export type ScanKind = 'entry' | 'fence'

export interface Scanned {
  readonly meta: Meta | undefined
  /** Where to go on; `'0'`: everything was looked through. */
  readonly cursor: string
  /** Keys that match. One may come twice. */
  readonly keys: readonly string[]
}

/** One shard of the shared tier. Changed by atomic scripts only; slow; can fail. */
export interface L2 {
  /** The numbering and Redis' clock in milliseconds; notices another server process. */
  hello(): Promise<{ readonly meta: Meta; readonly time: number }>
  read(keys: readonly string[], tags: readonly string[]): Promise<L2Read>
  acquire(keys: readonly string[], fenceTtl: number, leaseTtl: number): Promise<Acquired>
  fill(request: FillRequest): Promise<Filled>
  /** End of freshness, in Redis' clock, that the entry has now; 0 if it is not the one that is meant, or was invalidated. */
  extend(request: ExtendRequest): Promise<number>
  /** Gives the right to load back without a value, if this acquisition still has it. */
  release(key: string, token: string): Promise<void>
  change(change: Change, payload: string): Promise<Meta>
  /** Sets a value that was computed from what is stored, if that is so still. */
  swap(request: SwapRequest, payload: string): Promise<Swapped>
  /** Adds to a counter. */
  count(request: CountRequest, payload: string): Promise<Counted>
  replay(line: string, inc: string, from: number, max: number): Promise<Replay>
  /** Looks through a part of the keys, `count` about. A tier that can't be looked through has none. */
  scan?(kind: ScanKind, cursor: string, pattern: string, count: number): Promise<Scanned>
  /** Whether enough replicas have the last change. Absent where nobody asked for it. */
  readonly replicated?: (() => Promise<boolean>) | undefined
}
