import type { Codec } from '@tiercel/serializers'
import type { ParamsOf, ParsedParamsOf } from './key-params.ts'
import type { Loaded, LoaderContext } from '../load/loader.ts'
import type { L1Options, LifeOptions } from '../options.ts'
import type {
  FailedWrites,
  SourceWrite,
  SourceWriteContext,
  WriterOptions,
} from '../write/source-writer.ts'

/** What holds for all keys of a family. What is absent is the cache's. */
export interface KeyspaceOptions<
  Template extends string = string,
  Value = unknown,
> extends LifeOptions {
  /** Raised when values get another shape: keys end in `@` and it, so that no release reads another's. */
  readonly version?: number
  /** Labels of each entry, or what gives them from its parameters. */
  readonly tags?: readonly string[] | ((params: ParamsOf<Template>) => readonly string[])
  /** How values become bytes. @default that of the cache, `l2.codec` */
  readonly codec?: Codec
  /** As `l1.isolation`. @default that of the cache */
  readonly isolation?: NonNullable<L1Options['isolation']>
  /** Fetches one value from the source of truth. */
  readonly load?: (
    params: ParamsOf<Template>,
    context: LoaderContext<Value>,
  ) => Value | Loaded<Value> | Promise<Value | Loaded<Value>>
  /**
   * Fetches many; answers in the order of `params`: `undefined` where there is none, an `Error` where one
   * has failed, alone.
   */
  readonly loadMany?: (
    params: readonly ParamsOf<Template>[],
    context: { readonly signal: AbortSignal },
  ) => LoadedMany<Value> | Promise<LoadedMany<Value>>
  /** Most keys in one call of `loadMany`; more are loaded by several calls at once. @default Infinity */
  readonly maxBatch?: number
  /** Single reads that miss in one tick are loaded by one call of `loadMany`. @default false */
  readonly gather?: boolean
  /** Brings what is set and deleted here to the source of truth, before the cache has it or behind it. */
  readonly writer?: FamilyWriterOptions<Template, Value>
}

/** How the writes of a family get to the source of truth. */
export interface FamilyWriterOptions<
  Template extends string = string,
  Value = unknown,
> extends Pick<WriterOptions<Value>, 'mode' | 'onWrite' | 'timeout' | 'queue'> {
  /** As `write` of `cache.writer`. */
  readonly write: (
    writes: readonly FamilyWrite<Template, Value>[],
    context: SourceWriteContext,
  ) => FailedWrites | void | Promise<FailedWrites | void>
}

/** One write of a family that the source of truth is to have. */
export interface FamilyWrite<
  Template extends string = string,
  Value = unknown,
> extends SourceWrite<Value> {
  /** Read off the key, as `parse` does: text where the template names no kind, and nothing of what is hashed. */
  readonly params: ParsedParamsOf<Template>
}

/** The options of a keyspace, one of them for certain. */
export type With<
  Option extends keyof KeyspaceOptions,
  Template extends string,
  Value,
> = KeyspaceOptions<Template, Value> & Required<Pick<KeyspaceOptions<Template, Value>, Option>>

/** Values in the order in which they were asked for. */
export type LoadedMany<Value> = readonly (Value | Loaded<Value> | Error | undefined)[]
