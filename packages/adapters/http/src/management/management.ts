import type { Cache } from '@tiercel/core'
import { admit, refuseForged } from './admission.ts'
import { bodyOf } from './body.ts'
import { json } from './json.ts'
import { type NodeHandler, nodeHandler } from './node.ts'
import { OPERATIONS } from './operations/index.ts'
import type { Call, Operation } from './operation.ts'
import { type ManagementOptions, type ManagementSettings, resolveManagement } from './options.ts'
import { Problem, problemOf, problemText } from './problem.ts'
import { queryOf } from './query.ts'

/** For frameworks that speak `Request` and `Response`; `source` is given to `authorize`. */
export type FetchHandler = (request: Request, source?: unknown) => Promise<Response>

/** The management API of a cache. */
export interface Management {
  readonly fetch: FetchHandler
  /** For Node's own server, and as middleware: `app.use('/cache', management(cache, { authorize }).node)`. */
  readonly node: NodeHandler
}

const LONGEST_TARGET = 8_192
/** How long an operation may take. */
const WITHIN = 60_000
/** And how long after that it may take to end. */
const TO_END = 5_000
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const

/**
 * Statistics, health, keys, invalidation and settings of `cache`, as routes. They are listed by
 * `GET /openapi.json`.
 *
 * @throws {ConfigError} for a bad option
 * @example
 * app.use('/cache', management(cache, { authorize: (request) => isAdmin(request) }).node)
 */
export function management(cache: Cache, options: ManagementOptions): Management {
  const settings = resolveManagement(options)
  if (settings.authorize === undefined) {
    settings.log('management: there is no authorize option, so every request is refused with 403')
  }
  const { basePath } = settings
  const answer = (request: Request, target: string, mount: string, source: unknown) =>
    answered(cache, settings, { request, target, mount, source })
  return {
    fetch: (request, source) => {
      const { pathname, search } = new URL(request.url)
      const isHere = pathname === basePath || pathname.startsWith(`${basePath}/`)
      const path = isHere ? pathname.slice(basePath.length) : ''
      return answer(request, path + search, basePath, source)
    },
    node: nodeHandler(basePath, answer),
  }
}

/** A request, and the part of its URL that is behind the mount. */
interface Asked {
  readonly request: Request
  readonly target: string
  readonly mount: string
  readonly source: unknown
}

async function answered(
  cache: Cache,
  settings: ManagementSettings,
  asked: Asked,
): Promise<Response> {
  const isHead = asked.request.method === 'HEAD'
  try {
    const text = json(await run(cache, settings, asked))
    const headers = { ...HEADERS, 'content-type': 'application/json' }
    return new Response(isHead ? null : text, { headers })
  } catch (error) {
    let problem = problemOf(error)
    if (problem === undefined) {
      settings.log('management: a request failed', error)
      problem = new Problem(500, 'internal', 'The request failed; the log says why.')
    }
    const { status, headers: own } = problem
    const headers = { ...HEADERS, ...own, 'content-type': 'application/problem+json' }
    return new Response(isHead ? null : problemText(problem), { status, headers })
  }
}

async function run(
  cache: Cache,
  settings: ManagementSettings,
  { request, target, mount, source }: Asked,
): Promise<unknown> {
  if (target.length > LONGEST_TARGET) throw new Problem(414, 'too-long', 'The URL is too long.')
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const there = OPERATIONS.filter((operation) => operation.path === path)
  const operation = there.find((one) => one.method === method)
  const needs = operation?.needs ?? 'read'
  await admit(settings, request, { operation: operation?.id, needs, source })
  if (operation === undefined) throw nowhere(there)
  if (method !== 'GET') refuseForged(request)
  const query = queryOf(mark === -1 ? '' : target.slice(mark + 1), operation)
  const body = operation.body === undefined ? {} : await bodyOf(request)
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(WITHIN)])
  return within(signal, operation, { cache, settings, request, mount, signal, query, body })
}

function nowhere(there: readonly Operation[]): Problem {
  if (there.length === 0) return new Problem(404, 'no-route', 'There is no such route.')
  const allow = there.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  const headers = { allow: allow.join(', ') }
  return new Problem(405, 'method', `This route takes ${allow.join(', ')}.`, {}, headers)
}

/** An operation that heeds the signal says more than that it was late; one that does not is left alone. */
async function within(
  signal: AbortSignal,
  { run: begin }: Operation,
  call: Call,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  let arm!: () => void
  const over = new Promise<never>((_, reject) => {
    arm = () => {
      timer = setTimeout(() => reject(late()), TO_END)
    }
  })
  if (signal.aborted) arm()
  else signal.addEventListener('abort', arm, { once: true })
  try {
    return await Promise.race([begin(call), over])
  } catch (error) {
    throw error === signal.reason ? late() : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', arm)
  }
}

function late(): Problem {
  return new Problem(504, 'late', `It took longer than ${WITHIN} ms.`)
}
