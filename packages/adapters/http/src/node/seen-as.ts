import type { IncomingMessage } from 'node:http'
import type { Run } from '../messages.ts'

/** Shows the handler the request as it has to see it: without what is not part of the key. */
export function seenAs(
  request: IncomingMessage,
  { url, headers }: Pick<Run, 'url' | 'headers'>,
): void {
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) delete request.headers[name]
    else request.headers[name] = value
  }
  // What a router took off the front stays off; only the query can differ.
  const [path = ''] = (request.url ?? '').split('?', 1)
  const mark = url.indexOf('?')
  const seen = mark === -1 ? path : path + url.slice(mark)
  if (seen !== request.url) request.url = seen
}
