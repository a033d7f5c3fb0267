import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { Views } from './views.ts'

const ROUTE = /^\/(pages|views|queue)(?:\/([\w-]{1,64}))?$/

/** `POST /pages/home` adds a view; `GET /pages/home`, `/views/<id>` and `/queue` tell of them. */
export function serverOf(views: Views): Server {
  return createServer((request, response) => {
    answer(views, request).then(
      ([status, body]) => send(response, status, body),
      // Not acknowledged: Redis is away, or the queue is full. Who asked may ask again.
      (error: Error) => send(response, 503, { error: error.message }),
    )
  })
}

async function answer(views: Views, request: IncomingMessage): Promise<[number, object]> {
  const [, what, name = ''] = ROUTE.exec(request.url ?? '') ?? []
  switch (`${request.method} ${what}`) {
    case 'POST pages':
      return [202, { id: await views.add(name) }]
    case 'GET pages':
      return [200, { page: name, views: await views.count(name) }]
    case 'GET views': {
      const view = await views.find(name)
      return view === undefined ? [404, { error: 'no such view' }] : [200, view]
    }
    case 'GET queue':
      return [200, await views.queue()]
    default:
      return [404, { error: 'no such route' }]
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
