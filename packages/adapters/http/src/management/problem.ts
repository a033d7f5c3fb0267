import {
  BulkLoadError,
  ClosedError,
  ConfigError,
  LoadQueueError,
  LoadTimeoutError,
  TierError,
} from '@tiercel/core'
import { type Body, json } from './json.ts'

/** What went wrong, as the client is told it: problem details of RFC 9457. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly more: Body
  readonly headers: Readonly<Record<string, string>>

  /** `code` is for programs, `detail` for people; `more` are members of this problem's own. */
  constructor(
    status: number,
    code: string,
    detail: string,
    more: Body = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.more = more
    this.headers = headers
  }
}

/** The text of what `problem` says. */
export function problemText({ status, code, message, more }: Problem): string {
  const title = TITLES[status] ?? 'Error'
  return json({ type: 'about:blank', title, status, detail: message, code, ...more })
}

/** What a client may know of `error`; `undefined` if that is nothing. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (error instanceof ConfigError) return new Problem(422, 'refused', error.message)
  if (error instanceof ClosedError) return new Problem(503, 'closed', 'The cache is closed.')
  // What a server or a loader said may name hosts and rows: it goes to the log of who owns it.
  if (error instanceof TierError) return new Problem(503, 'redis', 'Redis did not answer.')
  if (
    error instanceof BulkLoadError ||
    error instanceof LoadTimeoutError ||
    error instanceof LoadQueueError
  ) {
    return new Problem(502, 'load', 'A loader failed, or was late.')
  }
  return undefined
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}
