export { createCache } from './create-cache.ts'
export { sharedCache } from './shared-cache.ts'
export { optionsFromEnvironment } from './environment.ts'
export type { Cache } from './cache.ts'
export type { ReadManyOptions, ReadOptions } from './read/read-options.ts'
export type { SetOptions } from './write/write-options.ts'
export type {
  CacheOptions,
  CoherenceOptions,
  DefaultsOptions,
  DurabilityOptions,
  L1Options,
  L2Options,
  LifeOptions,
  LoadsOptions,
} from './options.ts'
export type { CallOptions } from './policy.ts'
export type { Keyspace } from './families/keyspace.ts'
export type {
  FamilyWrite,
  FamilyWriterOptions,
  KeyspaceOptions,
  LoadedMany,
} from './families/keyspace-options.ts'
export type { KeyParameter, ParamsOf, ParsedParamsOf } from './families/key-params.ts'
export type { ClusterTarget, RedisClient, RedisOption } from './redis/client.ts'
export type { PatternOptions, PatternReceipt } from './invalidate/invalidate-pattern.ts'
export type { KeyPage, KeysOptions } from './inspect/keys.ts'
export type {
  InspectedState,
  KeyInspection,
  L1Inspection,
  L2Inspection,
} from './inspect/inspect.ts'
export type { SweepProgress } from './invalidate/sweep.ts'
export type { TagDependency } from './invalidate/tag-dependencies.ts'
export { cached } from './families/cached.ts'
export type { Cacheable, WrapOptions, Wrapped } from './families/wrap.ts'
export type { KeyspaceSettings, LiveOptions } from './families/live-options.ts'
export type { SharedSettings } from './families/shared-settings.ts'
export type { InvalidateOptions, Receipt, WriteOptions } from './write/write.ts'
export type { MutateOptions, MutateTargets, MutationContext } from './write/mutate.ts'
export type { CacheStats, FamilyStats, NamedFamilyStats } from './stats.ts'
export type {
  DeadLetter,
  FailedWrites,
  QueueOptions,
  SourceWrite,
  SourceWriteContext,
  SourceWriter,
  WriterControl,
  WriterOptions,
  WriterStats,
  WriteSource,
} from './write/source-writer.ts'
export type { UpdateOptions } from './write/update.ts'
export type { CountOptions } from './write/count.ts'
export { bytes, milliseconds, type Duration, type Size } from './duration.ts'
export type { WarmOptions, WarmProgress } from './read/warm.ts'
export {
  entry,
  type BulkAnswer,
  type BulkLoader,
  type Loaded,
  type LoadedOptions,
  type Loader,
  type LoaderContext,
  type Stale,
  notModified,
} from './load/loader.ts'
export {
  BulkLoadError,
  BusError,
  CacheError,
  ClosedError,
  ConfigError,
  CounterError,
  FrameError,
  LoadCycleError,
  LoadQueueError,
  LoadTimeoutError,
  TierError,
  UpdateConflictError,
  UpdateTimeoutError,
  WriteQueueFullError,
  WriteTimeoutError,
} from './errors.ts'
export {
  CHANNELS,
  type BeatRecord,
  type BusRecord,
  type CodecRecord,
  type InvalidationRecord,
  type LoadRecord,
  type QueueRecord,
  type ReadOutcome,
  type ReadRecord,
  type TierRecord,
  type TripRecord,
  type WriteRecord,
} from './channels.ts'
