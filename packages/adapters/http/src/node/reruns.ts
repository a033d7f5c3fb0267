import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Rerun, Run } from '../messages.ts'
import { detached } from './detached.ts'
import { seenAs } from './seen-as.ts'

/** Gives a request to the whole application. */
type Dispatch = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/**
 * The way from a request that was made behind a reader to the recorder that it is for. Each adapter has its own: of
 * two that cache the same response, the other must take the request for a client's.
 */
export class Reruns {
  readonly #runs = new WeakMap<IncomingMessage, Run>()

  /** What `request` was made for behind a reader; `undefined` if it is a client's. */
  of(request: IncomingMessage): Run | undefined {
    return this.#runs.get(request)
  }

  /** A refresh of `original`, whose whole target is `url`, is a request of its own, through the whole application. */
  through(original: IncomingMessage, url: string, dispatch: Dispatch): Rerun {
    return (run) => {
      const { request, response } = detached(original, url)
      seenAs(request, run)
      this.#runs.set(request, run)
      response.once('close', () => run.recorder.abort()) // it may never come to the adapter
      return dispatch(request, response)
    }
  }
}
