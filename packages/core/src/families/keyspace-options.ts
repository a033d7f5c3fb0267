import type { Codec } from '@tiercel/serializers'
import type { ParamsOf } from './key-params.ts'
import type { Loaded, LoaderContext } from '../load/loader.ts'
import type { L1Options, LifeOptions } from '../options.ts'

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
}

/** The options of a keyspace, one of them for certain. */
export type With<
  Option extends keyof KeyspaceOptions,
  Template extends string,
  Value,
> = KeyspaceOptions<Template, Value> & Required<Pick<KeyspaceOptions<Template, Value>, Option>>

/** Values in the order in which they were asked for. */
export type LoadedMany<Value> = readonly (Value | Loaded<Value> | Error | undefined)[]
