import type { Run } from '../messages.ts'
import type { Route } from '../route.ts'
import { fetchRequest, requestSeenAs } from './request.ts'
import { drained, recorded, responseOf } from './response.ts'

/** Answers a request: what `Bun.serve`, `Deno.serve` and many frameworks take. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** The handler behind a route of the response cache. */
export function cachedHandler(route: Route<Request>, handler: FetchHandler): FetchHandler {
  async function run(request: Request, { recorder, url, headers }: Run): Promise<Response> {
    try {
      const isRecorded = Object.keys(headers).length > 0
      const seen = isRecorded ? requestSeenAs(request, { url, headers }) : request
      return await recorded(await handler(seen), recorder)
    } catch (error) {
      recorder.abort()
      throw error
    }
  }
  return async (request) => {
    const decision = await route.handle(fetchRequest(request, request), async (behind) => {
      await drained((await run(request, behind)).body)
    })
    return decision.kind === 'answer' ? responseOf(decision) : run(request, decision)
  }
}
