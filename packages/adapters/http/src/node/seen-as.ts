import type { IncomingMessage } from 'node:http'
import type { Run } from '../messages.ts'

interface Routed extends IncomingMessage {
  originalUrl?: string | undefined
}

/**
 * Shows the handler the request as it has to see it: without what is not part of the key. Gives back what shows it
 * as it was again.
 */
export function seenAs(
  request: IncomingMessage,
  { url, headers }: Pick<Run, 'url' | 'headers'>,
): () => void {
  const { headers: before, rawHeaders, url: target = '' } = request
  const isOther = Object.keys(headers).length > 0
  if (isOther) show(request, fieldsWith(before, headers), rawWith(rawHeaders, headers))
  // What a router took off the front stays off; only the query can differ.
  const [path = ''] = target.split('?', 1)
  const mark = url.indexOf('?')
  const seen = mark === -1 ? path : path + url.slice(mark)
  if (seen !== target) request.url = seen
  // Where routers and frameworks keep the whole target.
  const { originalUrl } = request as Routed
  const isKept = originalUrl !== undefined && seen !== target
  if (isKept) (request as Routed).originalUrl = url
  return () => {
    if (isOther) show(request, before, rawHeaders)
    request.url = target
    if (isKept) (request as Routed).originalUrl = originalUrl
  }
}

/** A copy, with `changes`: the recorder looks at the fields as the client sent them. */
function fieldsWith(
  before: IncomingMessage['headers'],
  changes: Run['headers'],
): IncomingMessage['headers'] {
  const fields = { ...before }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete fields[name]
    else fields[name] = value
  }
  return fields
}

/** Names and values in turn, with `changes`. */
function rawWith(raw: readonly string[], changes: Run['headers']): string[] {
  const changed: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = raw.slice(i, i + 2) as [string, string]
    if (!Object.hasOwn(changes, name.toLowerCase())) changed.push(name, value)
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value !== undefined) changed.push(name, value)
  }
  return changed
}

function show(
  request: IncomingMessage,
  headers: IncomingMessage['headers'],
  rawHeaders: string[],
): void {
  // What Node makes of the raw fields by itself rests on how many it has received.
  const headersDistinct = distinct(rawHeaders)
  if (request.httpVersionMajor < 2) Object.assign(request, { headers, rawHeaders, headersDistinct })
  else {
    // A request of HTTP/2 has getters alone.
    Object.defineProperty(request, 'headers', { value: headers, configurable: true })
    Object.defineProperty(request, 'rawHeaders', { value: rawHeaders, configurable: true })
  }
}

function distinct(raw: readonly string[]): Record<string, string[]> {
  const fields = Object.create(null) as Record<string, string[]>
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name, value] = raw.slice(i, i + 2) as [string, string]
    ;(fields[name.toLowerCase()] ??= []).push(value)
  }
  return fields
}
