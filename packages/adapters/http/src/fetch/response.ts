import type { Fields } from '../fields.ts'
import type { Answer, Recorder } from '../messages.ts'
import { recordedBody } from './recorded-body.ts'

/** Fields of a response or request of Fetch. */
export function fieldsOf(headers: Headers): Fields {
  const fields: Record<string, string | string[]> = Object.fromEntries(headers)
  const cookies = headers.getSetCookie()
  if (cookies.length > 0) fields['set-cookie'] = cookies
  return fields
}

/** An answer as a response; `inherited` are fields for this client alone that it has too. */
export function responseOf({ status, headers, body }: Answer, inherited: Fields = {}): Response {
  const all = headersOf({ ...inherited, ...headers })
  return new Response(body as Uint8Array<ArrayBuffer> | undefined, { status, headers: all })
}

/**
 * The response for the client, of one that a handler made. `recorder` is told of it while its body is read, and of
 * the rest if the client leaves.
 */
export async function recorded(
  response: Response,
  recorder: Recorder,
  inherited: Fields = {},
): Promise<Response> {
  const { status, statusText, body } = response
  const { headers, instead } = recorder.head(status, fieldsOf(response.headers), inherited)
  if (instead !== undefined) {
    if (body === null) await recorder.end()
    else await drained(recordedBody(body, recorder))
    return responseOf(instead, inherited)
  }
  const all = new Headers(response.headers)
  for (const name in headers) all.set(name, headers[name] as string)
  if (body === null) await recorder.end()
  const passed = body === null ? null : recordedBody(body, recorder)
  return new Response(passed, { status, statusText, headers: all })
}

/** Reads a body that goes to nobody to its end. */
export async function drained(body: ReadableStream<Uint8Array> | null): Promise<void> {
  await body?.pipeTo(new WritableStream())
}

function headersOf(fields: Fields): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value)) for (const one of value) headers.append(name, String(one))
    else if (value !== undefined) headers.set(name, String(value))
  }
  return headers
}
