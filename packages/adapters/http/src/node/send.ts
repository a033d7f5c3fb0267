import type { ServerResponse } from 'node:http'
import { fieldOf, tokensOf } from '../fields.ts'
import type { Answer } from '../messages.ts'

/** Sends a response. Fields that were set for this client before stay, where the response has none of the name. */
export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status
  for (const name in headers) {
    const value = headers[name] as string | readonly string[]
    // What others set before is true as well.
    if (name === 'set-cookie') response.appendHeader(name, value)
    else if (name === 'vary') response.setHeader(name, united(response, value))
    else response.setHeader(name, value)
  }
  response.end(body)
}

function united(response: ServerResponse, value: string | readonly string[]): string {
  const vary = response.getHeader('vary')
  return [...new Set([...tokensOf(fieldOf({ vary }, 'vary')), ...tokensOf(String(value))])].join(
    ', ',
  )
}
