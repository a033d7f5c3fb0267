import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type RouteOfSite, type Serve, type Where, listening } from '@tiercel/http-contract'

/** What the service is told. */
export interface Told extends Where {
  readonly framework: 'hono' | 'none'
  /** Where its handlers ask for what they are to answer. */
  readonly origin: string
  readonly routes: readonly Omit<RouteOfSite, 'handler'>[]
}

const APP = fileURLToPath(new URL('runtime-app.ts', import.meta.url))

/** Serves in a process that `command` runs. */
export function serveOn(
  command: readonly [string, ...string[]],
  framework: Told['framework'],
): Serve {
  return async (_cache, routes, where) => {
    const answering = await listening(
      createServer((request, response) => void answer(routes, request, response)),
    )
    const told: Told = {
      ...where,
      framework,
      origin: `http://127.0.0.1:${answering.port}`,
      routes: routes.map(({ method, path, options }) => ({ method, path, options })),
    }
    const [program, ...args] = command
    const child = spawn(program, [...args, APP, JSON.stringify(told)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let complaints = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-4_096)
    })
    const exited = once(child, 'exit')
    const [line] = (await Promise.race([
      once(createInterface(child.stdout), 'line'),
      exited.then(() => Promise.reject(new Error(`${program} did not listen:\n${complaints}`))),
    ])) as [string]
    return {
      port: Number(/^listening on (\d+)$/.exec(line)?.[1]),
      async close(): Promise<void> {
        child.kill('SIGKILL')
        await exited
        await answering.close()
      },
    }
  }
}

/** What the handler of a route answers, for the one in the other process. */
async function answer(
  routes: readonly RouteOfSite[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = routes[Number(request.url?.slice(1))] as RouteOfSite
  const { url, headers: seen } = (await json(request)) as {
    url: string
    headers: Record<string, string>
  }
  try {
    const {
      status = 200,
      headers = {},
      body,
    } = await route.handler({
      url,
      header: (name) => seen[name],
    })
    const type =
      typeof body === 'object' && !(body instanceof Readable) ? 'application/json' : 'text/plain'
    response.writeHead(status, { 'content-type': type, ...headers })
    if (body instanceof Readable) body.once('error', () => response.destroy()).pipe(response)
    else response.end(typeof body === 'string' ? body : JSON.stringify(body))
  } catch {
    response.writeHead(500, { 'x-thrown': '1' }).end()
  }
}
