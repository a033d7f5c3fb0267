import type { FetchHandler } from '@tiercel/http/fetch'

/** Answers by what is registered for `GET /path`, and so on; a HEAD by its GET. */
export function byPath(handlers: ReadonlyMap<string, FetchHandler>): FetchHandler {
  return async (request) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const handler = handlers.get(`${method} ${new URL(request.url).pathname}`)
    try {
      return (await handler?.(request)) ?? new Response(null, { status: 404 })
    } catch {
      return new Response('failed', { status: 500 })
    }
  }
}
