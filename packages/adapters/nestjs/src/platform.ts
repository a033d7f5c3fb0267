import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import type { HttpServer } from '@nestjs/common'
import type { Run } from '@tiercel/http'
import { isParsedAnew, nodeRequest, record, seenAs, send } from '@tiercel/http/node'
import type { Answer, HttpRequest } from '@tiercel/http'

/** A request of Express or of Fastify. */
export interface AnyRequest {
  readonly raw?: IncomingMessage
  readonly originalUrl?: string
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly params: unknown
  query: unknown
}

/** A response of Express, or a reply of Fastify. */
export interface AnyResponse {
  readonly raw?: ServerResponse
  getHeaders(): ReturnType<ServerResponse['getHeaders']>
  hijack?(): void
}

/** Node's request behind either. */
export function rawRequest(request: AnyRequest): IncomingMessage {
  return request.raw ?? (request as unknown as IncomingMessage)
}

export function httpRequestOf(request: AnyRequest): HttpRequest<AnyRequest> {
  return nodeRequest(rawRequest(request), request, request.originalUrl)
}

/** The handler runs, sees what it has to, and is recorded. */
export function begin(run: Run, request: AnyRequest, response: AnyResponse): void {
  const raw = rawRequest(request)
  const before = raw.url
  seenAs(raw, run)
  // Fastify has parsed the query by now, and keeps the target; Express looks when it is asked.
  if (raw.url !== before && request.raw !== undefined) {
    if (isParsedAnew(request.query, before ?? '', run.url)) {
      request.query = parse(run.url.split(/\?(.*)/s, 2)[1] ?? '')
    }
    Object.defineProperty(request, 'originalUrl', { value: run.url })
  }
  record(rawResponse(response), run.recorder, inheritedOf(response))
}

/**
 * Sends a stored response, as it was sent before: not through Nest, whose interceptors would change it once more, and
 * which would send what a handler with `@Redirect()` or `@Render()` gives.
 */
export function answer(stored: Answer, response: AnyResponse): void {
  const raw = rawResponse(response)
  response.hijack?.()
  for (const [name, value] of Object.entries(inheritedOf(response))) {
    if (value !== undefined) raw.setHeader(name, value)
  }
  for (const name of ['send', 'json', 'redirect', 'render', 'view']) {
    Object.defineProperty(response, name, { value: () => response, configurable: true })
  }
  send(raw, stored)
}

/** Asks the whole application, whatever it is built on. */
export function dispatch(
  adapter: HttpServer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const instance = adapter.getInstance() as Dispatcher & { readonly routing?: Dispatcher }
  if (adapter.getType() === 'fastify') instance.routing?.(request, response)
  else instance(request, response)
}

type Dispatcher = (request: IncomingMessage, response: ServerResponse) => void

function rawResponse(response: AnyResponse): ServerResponse {
  return response.raw ?? (response as unknown as ServerResponse)
}

/** Fields that were set before the handler; Fastify keeps them apart. */
function inheritedOf(response: AnyResponse): ReturnType<ServerResponse['getHeaders']> {
  return { ...rawResponse(response).getHeaders(), ...response.getHeaders() }
}
