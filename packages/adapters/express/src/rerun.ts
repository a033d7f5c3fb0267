import type { Rerun, Run } from '@tiercel/http'
import { detached } from '@tiercel/http/node'
import type { Request, Response } from 'express'

/**
 * Runs the handler of a request again for no client, as a request of its own through the whole application: its
 * response has been sent, and can't be written twice.
 */
export function rerunOf(original: Request, mark: (request: Request, run: Run) => void): Rerun {
  return (run) => {
    const { request, response } = detached(original, original.originalUrl)
    mark(request as Request, run)
    response.once('close', () => run.recorder.abort()) // it may never come to the middleware
    rootOf(original.app)(request as Request, response as Response)
  }
}

function rootOf(app: Request['app']): Request['app'] {
  let root = app as Request['app'] & { parent?: Request['app'] }
  while (root.parent !== undefined) root = root.parent
  return root
}
