import type { Cache } from '../cache.ts'
import { ConfigError } from '../errors.ts'
import type { KeyspaceOptions } from './keyspace-options.ts'
import type { Loaded } from '../load/loader.ts'
import type { Receipt } from '../write/write.ts'

/** A function or method whose results can be kept. */
export type Cacheable<This, Args extends readonly unknown[], Value> = (
  this: This,
  ...args: Args
) => Value | Loaded<Value> | Promise<Value | Loaded<Value>>

/** Options of a function that is wrapped: those of a keyspace, and what its calls are kept by. */
export interface WrapOptions<This, Args extends readonly unknown[]> extends Omit<
  KeyspaceOptions,
  'load' | 'loadMany' | 'maxBatch' | 'gather' | 'writer' | 'tags'
> {
  /**
   * A template over the arguments by their places, `user:{0}` or `search:{0:hash}`, which declares a
   * keyspace; or a function that makes the key of a call.
   */
  readonly key: string | ((this: This, ...args: Args) => string)
  /** Labels of each result, or what gives them from the arguments. */
  readonly tags?: readonly string[] | ((...args: Args) => readonly string[])
}

/** A function whose results are cached: called as before, with what belongs to its keys. */
export interface Wrapped<This, Args extends readonly unknown[], Value> {
  (this: This, ...args: Args): Promise<Value>
  /** The key of a call with `args`; not for keys that depend on `this`. */
  readonly key: (...args: Args) => string
  /** Drops what is kept of the call with `args`, everywhere; not for keys that depend on `this`. */
  readonly delete: (...args: Args) => Promise<Receipt>
}

/** How the calls of one function are kept. */
interface Calls<This, Args> {
  keyOf(self: This, args: Args): string
  read(self: This, args: Args, run: () => unknown): Promise<unknown>
}

/** Makes the function that `cache.wrap` answers. */
export function wrap<This, Args extends readonly unknown[], Value>(
  cache: Cache,
  fn: Cacheable<This, Args, Value>,
  options: WrapOptions<This, Args>,
): Wrapped<This, Args, Value> {
  if (typeof fn !== 'function') {
    throw new ConfigError(`what is wrapped must be a function (got ${typeof fn})`)
  }
  const { key, tags, ...rest } = options
  const calls: Calls<This, Args> =
    typeof key === 'function'
      ? callsByKey(cache, key, tags, rest)
      : callsByTemplate(cache, key, tags, rest)
  async function wrapped(this: This, ...args: Args): Promise<Value> {
    return calls.read(this, args, () => Reflect.apply(fn, this, args)) as Promise<Value>
  }
  return Object.assign(wrapped, {
    key: (...args: Args) => calls.keyOf(undefined as This, args),
    delete: async (...args: Args) => cache.delete(calls.keyOf(undefined as This, args)),
  })
}

type TagsOf<Args extends readonly unknown[]> = WrapOptions<unknown, Args>['tags']
type Rest = Omit<WrapOptions<unknown, never>, 'key' | 'tags'>

/** The arguments are the parameters, by their places. */
function callsByTemplate<This, Args extends readonly unknown[]>(
  cache: Cache,
  template: string,
  tags: TagsOf<Args>,
  rest: Rest,
): Calls<This, Args> {
  const own = typeof tags === 'function' ? (args: object) => tags(...(args as Args)) : tags
  const keyspace = cache.keyspace(template, own === undefined ? rest : { ...rest, tags: own })
  return {
    keyOf: (_self, args) => keyspace.key(args as never),
    read: (_self, args, run) => keyspace.getOrSet(args as never, run),
  }
}

function callsByKey<This, Args extends readonly unknown[]>(
  cache: Cache,
  key: (this: This, ...args: Args) => string,
  tags: TagsOf<Args>,
  rest: Rest,
): Calls<This, Args> {
  const keyOf = (self: This, args: Args): string => Reflect.apply(key, self, args)
  const common = tags === undefined || typeof tags === 'function' ? rest : { ...rest, tags }
  return {
    keyOf,
    read: (self, args, run) => {
      const options = typeof tags === 'function' ? { ...rest, tags: tags(...args) } : common
      return cache.getOrSet(keyOf(self, args), run, options)
    },
  }
}
