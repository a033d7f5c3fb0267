import type { HttpRequest, Run } from '../messages.ts'

/** A request of Fetch. */
export function fetchRequest<Source>(request: Request, source: Source): HttpRequest<Source> {
  const { method, url } = request
  const { host, origin, protocol } = new URL(url)
  const headers: Record<string, string> = Object.fromEntries(request.headers)
  headers.host ??= host
  // Handlers may go by either: where they differ the whole URL stands for the target, and is not cached.
  const isPlain = headers.host.toLowerCase() === host
  return {
    method,
    url: isPlain ? url.slice(origin.length) : url,
    headers,
    scheme: protocol === 'https:' ? 'https' : 'http',
    source,
  }
}

/** The request as a handler has to see it: without what is not part of the key. */
export function requestSeenAs(
  request: Request,
  { url, headers }: Pick<Run, 'url' | 'headers'>,
): Request {
  const { origin } = new URL(request.url)
  // A response that others wait for is made to its end, so the signal of this client is not handed on.
  const seen = new Headers(request.headers)
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) seen.delete(name)
    else seen.set(name, value)
  }
  return new Request(origin + url, { method: request.method, headers: seen })
}
