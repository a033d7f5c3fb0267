import { Cache } from '../cache.ts'
import { ConfigError } from '../errors.ts'
import { type WrapOptions, type Wrapped, wrap } from './wrap.ts'

/**
 * A decorator (TC39) for methods whose results are cached. Where the cache belongs to the instance, give
 * a function that finds it there. What the result depends on beside the arguments has to be in the key:
 * then `key` is a function, whose `this` is the instance.
 *
 * @throws {ConfigError} when it decorates something else than a method; what is wrong with the options
 *   rejects the calls
 * @example
 * class Users {
 *   \@cached(cache, { key: 'user:{0}', ttl: '1h' })
 *   async find(id: number) { … }
 * }
 */
export function cached<This, Args extends readonly unknown[] = never[]>(
  cache: Cache | ((self: This) => Cache),
  options: WrapOptions<This, Args>,
): <Method extends (this: This, ...args: Args) => Promise<unknown>>(
  method: Method,
  context: ClassMethodDecoratorContext<This, Method>,
) => Method {
  return (method, context) => {
    if (context.kind !== 'method') {
      throw new ConfigError(
        `@cached is for methods ("${String(context.name)}" is a ${context.kind as string})`,
      )
    }
    // A class may be used with many caches, each of which has its own keyspaces.
    const made = new WeakMap<Cache, Wrapped<This, Args, unknown>>()
    async function decorated(this: This, ...args: Args): Promise<unknown> {
      const own = cache instanceof Cache ? cache : cache(this)
      let wrapped = made.get(own)
      if (wrapped === undefined) {
        wrapped = wrap(own, method, options)
        made.set(own, wrapped)
      }
      return Reflect.apply(wrapped, this, args)
    }
    return decorated as unknown as typeof method
  }
}
