import type { IncomingMessage } from 'node:http'
import type { Run } from '../messages.ts'

/**
 * Shows the handler the request as it has to see it: without what is not part of the key. Gives back what shows it
 * as it was again.
 */
export function seenAs(
  request: IncomingMessage,
  { url, headers }: Pick<Run, 'url' | 'headers'>,
): () => void {
  const { headers: before, url: target = '' } = request
  // A copy: the recorder looks at the fields as the client sent them.
  const fields = { ...before }
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) delete fields[name]
    else fields[name] = value
  }
  request.headers = fields
  // What a router took off the front stays off; only the query can differ.
  const [path = ''] = target.split('?', 1)
  const mark = url.indexOf('?')
  const seen = mark === -1 ? path : path + url.slice(mark)
  if (seen !== target) request.url = seen
  return () => {
    request.headers = before
    request.url = target
  }
}
