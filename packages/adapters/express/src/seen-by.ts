import type { Run } from '@tiercel/http'
import { seenAs } from '@tiercel/http/node'
import type { Request } from 'express'

/** Shows the handler the request as it has to see it, with the query that Express makes of its target. */
export function seenBy(request: Request, run: Run): void {
  const before = request.url
  seenAs(request, run)
  if (request.url === before) return
  // Express 4 parses the query once, when the request comes in.
  if (Object.hasOwn(request, 'query')) {
    const parse = request.app.get('query parser fn') as (query: string) => Request['query']
    const mark = run.url.indexOf('?')
    request.query = parse(mark === -1 ? '' : run.url.slice(mark + 1))
  }
}
