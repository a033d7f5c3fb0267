import { inspect } from 'node:util'
import { ConfigError, type Receipt } from '@tiercel/core'
import type { RouteChanges } from '../options.ts'

/** `write` may do what `read` may. */
export type Role = 'read' | 'write'

/** `true` is the role `write`; `false` is none. */
export type Authorization = boolean | { readonly role: Role }

/** What a request is about to do. */
export interface Asking {
  /** The operation's id in the OpenAPI document; absent where there is none. */
  readonly operation: string | undefined
  readonly needs: Role
  /** What the request is to the framework; for Node's `(request, response)` the former. */
  readonly source: unknown
}

/** What may be changed of a route from outside: nothing that says who is given whose responses. */
export type RouteChange = Pick<RouteChanges, 'ttl' | 'staleWhileRevalidate' | 'staleIfError'> & {
  readonly store?: Pick<NonNullable<RouteChanges['store']>, 'maxBodyBytes' | 'validate'>
  readonly when?: { readonly rollout?: number | undefined; readonly bypass?: boolean | undefined }
}

/** A route of a response cache. */
export interface ManagedRoute {
  readonly name: string
  readonly settings: {
    readonly ttl: number
    readonly whileRevalidate: number
    readonly ifError: number
    readonly maxBodyBytes: number
    readonly validate: number
    readonly rollout: unknown
    readonly bypass: unknown
  }
  readonly said: { readonly everywhere: object; readonly here: object }
  change(changes: RouteChange, options: { readonly everywhere: boolean }): Promise<Receipt>
}

/** A response cache, whatever its framework. */
export interface ManagedResponses {
  readonly routes: ReadonlyMap<string, ManagedRoute>
  invalidateUrl(url: string): Promise<Receipt>
  clear(): Promise<Receipt>
}

/** Options of `management`. */
export interface ManagementOptions {
  /** Says who may do what. Without it every route answers 403; so it does when this throws or takes over 10 s. */
  readonly authorize: (request: Request, asking: Asking) => Authorization | Promise<Authorization>
  /** The response cache whose routes are shown and changed. @default none */
  readonly responses?: ManagedResponses
  /** What `/report` answers. @default none */
  readonly report?: () => unknown
  /** Whether a cached value may be shown, which may be a secret. @default false */
  readonly showValues?: boolean | ((key: string, request: Request) => boolean)
  /** When `/health/ready` answers 200: also while Redis is away and loaders answer, or only while L1 is trusted. @default 'answering' */
  readonly readyWhen?: 'answering' | 'confirmed'
  /** Where the routes are in the URL, if the framework does not take that off: `/cache`. @default '' */
  readonly basePath?: string
  /** Told what nobody else is: why requests are refused altogether, and what failed behind a 500. @default process.emitWarning */
  readonly log?: (message: string, error?: unknown) => void
}

/** Options, checked. */
export interface ManagementSettings extends Omit<ManagementOptions, 'authorize'> {
  readonly authorize: ManagementOptions['authorize'] | undefined
  readonly showValues: (key: string, request: Request) => boolean
  readonly readyWhen: 'answering' | 'confirmed'
  readonly basePath: string
  readonly log: (message: string, error?: unknown) => void
}

const KNOWN = ['authorize', 'responses', 'report', 'showValues', 'readyWhen', 'basePath', 'log']

/** @throws {ConfigError} naming the option that is unknown or not what it has to be */
export function resolveManagement(options: ManagementOptions | undefined): ManagementSettings {
  const given = (options ?? {}) as Partial<ManagementOptions>
  const unknown = Object.keys(given).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(`management: unknown option "${unknown}"; known are ${KNOWN.join(', ')}`)
  }
  const { authorize, report, showValues = false, readyWhen = 'answering', basePath = '' } = given
  const { log = warn, responses } = given
  for (const [name, value] of Object.entries({ authorize, report, log })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new ConfigError(`${name} must be a function (got ${typeof value})`)
    }
  }
  if (typeof showValues !== 'boolean' && typeof showValues !== 'function') {
    throw new ConfigError(`showValues must be true, false or a function (got ${typeof showValues})`)
  }
  if (readyWhen !== 'answering' && readyWhen !== 'confirmed') {
    throw new ConfigError(`readyWhen must be 'answering' or 'confirmed' (got ${String(readyWhen)})`)
  }
  if (!/^(\/[\w.~!$&'()*+,;=:@-]+)*$/.test(basePath)) {
    throw new ConfigError(`basePath must be '' or like '/cache' (got ${basePath})`)
  }
  return {
    authorize,
    ...(responses !== undefined && { responses }),
    ...(report !== undefined && { report }),
    showValues: typeof showValues === 'function' ? showValues : () => showValues,
    readyWhen,
    basePath,
    log,
  }
}

function warn(message: string, error?: unknown): void {
  const detail = error === undefined ? '' : inspect(error)
  process.emitWarning(message, { type: 'TiercelManagementWarning', detail })
}
