import type { ServerResponse } from 'node:http'
import type { Answer } from '../messages.ts'

/** Sends a stored response; fields that were set before for this client stay, if it does not have them too. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) response.setHeader(name, value)
  }
  response.end(body)
}
