import { type ExecutionContext, SetMetadata } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { KeyOptions, RouteOptions } from '@tiercel/http'
import type { AnyRequest } from './platform.ts'

/** How a handler, or each of a controller, is cached; `false`: not at all. */
export type Mark = RouteOptions<AnyRequest> | false

type Marks = ClassDecorator & MethodDecorator

const MARK = 'tiercel:cached'
const reflector = new Reflector()

/** Caches the responses of a handler, or of all of a controller; `false`: not, whatever holds elsewhere. */
export function Cached(options: Mark = {}): Marks {
  return marks(() => options)
}

/** How long responses are fresh that do not say so themselves. */
export function CacheTTL(ttl: NonNullable<RouteOptions['ttl']>): Marks {
  return marks((before) => ({ ...before, ttl }))
}

/** What tells one response from another, beside method, scheme, host and path. */
export function CacheKey(key: KeyOptions<AnyRequest>): Marks {
  return marks((before) => ({ ...before, key }))
}

/** Labels to invalidate responses by; a handler of an unsafe method invalidates them. */
export function CacheTags(
  ...tags: readonly string[] | [NonNullable<RouteOptions<AnyRequest>['tags']>]
): Marks {
  const [first] = tags
  const chosen = typeof first === 'string' || first === undefined ? (tags as string[]) : first
  return marks((before) => ({ ...before, tags: chosen }))
}

/** What was said of a handler, over what was said of its controller; `undefined`: nothing. */
export function markOf(handler: Handler, controller: Handler): Mark | undefined {
  const [own, all] = [handler, controller].map((of) => reflector.get<Mark | undefined>(MARK, of))
  if (own === undefined || own === false) return own ?? all
  return { ...(all !== false && all), ...own }
}

/** A method or a class, as Nest's contexts give them. */
export type Handler =
  | ReturnType<ExecutionContext['getHandler']>
  | ReturnType<ExecutionContext['getClass']>

/** `Cached` says all that it names and keeps the rest, so that the order of decorators is no matter. */
function marks(change: (before: RouteOptions<AnyRequest>) => Mark): Marks {
  return <T>(target: object, _name?: string | symbol, descriptor?: TypedPropertyDescriptor<T>) => {
    const marked = (descriptor?.value ?? target) as Handler
    const before = reflector.get<Mark | undefined>(MARK, marked) ?? {}
    const after = change(before === false ? {} : before)
    SetMetadata(MARK, after === false ? false : { ...before, ...after })(marked as never)
  }
}
