import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { Instance } from './instance.ts'

const ANSWER_WITHIN = 10_000
const LOOK_FOR = 30_000
const LOOK_EVERY = 20
const LONGEST_TEXT = 60
/** What clients call the service, whichever instance a load balancer has chosen. */
const HOST = 'shop.example'

/** What an instance answered. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** An instance, as the tour sees it: each request prints a line. */
export interface Visitor {
  readonly url: string
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Any other method, with a body of JSON. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** Ends the process as a crash does. */
  kill(): Promise<void>
  /** Resolves once it was started again. */
  back(): Promise<void>
}

/** What a tour works with. */
export interface Tour {
  readonly a: Visitor
  readonly b: Visitor
  /** What the instances were given: REDIS_URL, DATABASE_URL or DATABASE_FILE, and the example's own. */
  readonly environment: Readonly<Record<string, string>>
  /** Prints what comes next. */
  readonly say: (text: string) => void
  /** Prints a line below that. */
  readonly show: (line: string) => void
  /** Looks until `probe` answers true, and prints how long that took. @throws after 30 s */
  readonly until: (what: string, probe: () => Promise<boolean>) => Promise<void>
}

/** A tour of two instances that tells `print`. */
export function tourOf(
  [a, b]: readonly [Instance, Instance],
  environment: Readonly<Record<string, string>>,
  print: (line: string) => void,
): Tour {
  return {
    a: visitorOf(a, print),
    b: visitorOf(b, print),
    environment,
    say: (next) => print(`\n${next}`),
    show: (line) => print(`  ${line}`),
    async until(what, probe) {
      const began = performance.now()
      while (!(await probe())) {
        if (performance.now() - began > LOOK_FOR) throw new Error(`waited in vain: ${what}`)
        await delay(LOOK_EVERY)
      }
      print(`  ${what}: after ${Math.round(performance.now() - began)} ms`)
    },
  }
}

function visitorOf(instance: Instance, print: (line: string) => void): Visitor {
  async function ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body = '',
  ): Promise<Answer> {
    const began = performance.now()
    const sent = request(new URL(path, instance.url), {
      method,
      headers: { host: HOST, 'content-length': Buffer.byteLength(body), ...headers },
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    })
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const answer = {
      status: response.statusCode as number,
      headers: response.headers,
      text: await textOf(response),
    }
    const ms = (performance.now() - began).toFixed(1)
    print(`  ${instance.name}  ${`${method} ${path}`.padEnd(40)} ${lineOf(answer, ms)}`)
    return answer
  }
  return {
    get url() {
      return instance.url
    },
    get: (path, headers = {}) => ask('GET', path, headers),
    send: (method, path, body, headers = {}) =>
      body === undefined
        ? ask(method, path, headers)
        : ask(
            method,
            path,
            { 'content-type': 'application/json', ...headers },
            JSON.stringify(body),
          ),
    kill: () => instance.kill(),
    back: () => instance.back(),
  }
}

function lineOf({ status, headers, text }: Answer, ms: string): string {
  const shown = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
  return `${status}  ${fromCache(headers).padEnd(4)} ${ms.padStart(6)} ms  ${shown}`
}

/** What a response says of the cache: in Cache-Status (RFC 9211), or as many services do. */
function fromCache(headers: IncomingHttpHeaders): string {
  const status = headers['cache-status']
  if (status === undefined) return String(headers['x-cache'] ?? '')
  if (String(status).includes('; hit')) return 'hit'
  return /; fwd=(bypass|method)/.test(String(status)) ? '' : 'miss'
}
