import type { IncomingMessage } from 'node:http'
import type { RouteOptions } from '../../src/index.ts'

/** What a handler answers. */
export interface Says {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** One request, what the handler would answer to it, and what the client has to get. */
export interface Step {
  readonly ask?: {
    readonly path?: string
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
  }
  readonly says?: Says
  /** Whether the handler must be run, or must not. */
  readonly from: 'handler' | 'cache'
  readonly status?: number
  readonly body?: string
  /** Fields of the answer; `null`: there must be none. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>
  /** Fields that the handler sees; `null`: it must not. */
  readonly seen?: Readonly<Record<string, string | null>>
}

/** A behaviour, as the themes of the public test suite for caches have them. */
export interface Case {
  readonly name: string
  readonly route?: RouteOptions<IncomingMessage>
  readonly steps: readonly Step[]
  /** Why this is not what the suite, or a "should" of the RFC, asks for. */
  readonly difference?: string
}

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toUTCString()

/** The same request twice: whether the second is answered from the cache. */
function twice(
  headers: Readonly<Record<string, string>>,
  from: Step['from'],
  status = 200,
): Step[] {
  return [
    { says: { headers, status }, from: 'handler', status },
    { from, ...(from === 'cache' && { status }) },
  ]
}

const FRESH = { 'cache-control': 'max-age=3600' }
const bypass: RouteOptions<IncomingMessage> = { when: { bypass: true } }

export const THEMES: Readonly<Record<string, readonly Case[]>> = {
  freshness: [
    { name: 'max-age is stored', steps: twice(FRESH, 'cache') },
    { name: 'max-age=0 is not', steps: twice({ 'cache-control': 'max-age=0' }, 'handler') },
    { name: 's-maxage is stored', steps: twice({ 'cache-control': 's-maxage=3600' }, 'cache') },
    {
      name: 's-maxage goes before max-age',
      steps: twice({ 'cache-control': 'max-age=3600, s-maxage=0' }, 'handler'),
    },
    {
      name: 'a longer s-maxage does too',
      steps: twice({ 'cache-control': 'max-age=0, s-maxage=3600' }, 'cache'),
    },
    { name: 'Expires in the future', steps: twice({ expires: inSeconds(3_600) }, 'cache') },
    { name: 'Expires in the past', steps: twice({ expires: inSeconds(-3_600) }, 'handler') },
    {
      name: 'Expires of now',
      steps: twice({ expires: inSeconds(0), date: inSeconds(0) }, 'handler'),
    },
    { name: 'Expires: 0', steps: twice({ expires: '0' }, 'handler') },
    { name: 'Expires that is no date', steps: twice({ expires: 'tomorrow' }, 'handler') },
    {
      name: 'Expires is counted from Date',
      steps: twice({ expires: inSeconds(-10), date: inSeconds(-3_600) }, 'handler'),
    },
    {
      name: 'max-age goes before Expires',
      steps: twice({ 'cache-control': 'max-age=3600', expires: '0' }, 'cache'),
    },
    {
      name: 'Expires does not go before max-age',
      steps: twice({ 'cache-control': 'max-age=0', expires: inSeconds(3_600) }, 'handler'),
    },
    { name: 'an Age beyond max-age', steps: twice({ ...FRESH, age: '3600' }, 'handler') },
    {
      name: 'Age is passed on, and grows',
      steps: [
        { says: { headers: { ...FRESH, age: '1800' } }, from: 'handler' },
        { from: 'cache', headers: { age: /^180\d$/ } },
      ],
    },
    {
      name: 'an old Date counts as age',
      steps: [
        { says: { headers: { ...FRESH, date: inSeconds(-100) } }, from: 'handler' },
        { from: 'cache', headers: { age: /^10\d$/ } },
      ],
    },
    {
      name: 'Age is there although the handler sent none',
      steps: [
        { says: { headers: FRESH }, from: 'handler', headers: { age: null } },
        { from: 'cache', headers: { age: /^\d$/, date: /GMT$/ } },
      ],
    },
    { name: 'nothing said, and no ttl', steps: twice({}, 'handler') },
    { name: 'nothing said, and a ttl', route: { ttl: '1h' }, steps: twice({}, 'cache') },
    {
      name: 'what is said goes before the ttl',
      route: { ttl: '1h' },
      steps: twice({ 'cache-control': 'max-age=0' }, 'handler'),
    },
    {
      name: 'no heuristic freshness',
      steps: twice({ 'last-modified': inSeconds(-1_000_000) }, 'handler'),
      difference: 'RFC 9111 §4.2.2 allows a guess; here only where `store.heuristic` asks for it',
    },
    {
      name: 'heuristic freshness where it is asked for',
      route: { store: { heuristic: 0.1 } },
      steps: twice({ 'last-modified': inSeconds(-1_000_000) }, 'cache'),
    },
    {
      name: 'a year is not too long',
      steps: twice({ 'cache-control': 'max-age=31536000' }, 'cache'),
    },
    {
      name: 'more than a number holds',
      steps: twice({ 'cache-control': `max-age=${'9'.repeat(30)}` }, 'cache'),
    },
  ],

  'storing by status': [
    ...[200, 203, 204, 300, 301, 308, 404, 410, 302, 307, 299].map((status) => ({
      name: `${status} with max-age`,
      steps: twice(FRESH, 'cache', status),
    })),
    ...[200, 203, 204, 300, 301, 308].map((status) => ({
      name: `${status} with the route's ttl`,
      route: { ttl: '1h' } as const,
      steps: twice({}, 'cache', status),
    })),
    ...[302, 404, 410].map((status) => ({
      name: `${status} without max-age, with the route's ttl`,
      route: { ttl: '1h' } as const,
      steps: twice({}, 'handler', status),
    })),
    ...[400, 401, 403, 413, 414, 431, 500, 502, 503, 504].map((status) => ({
      name: `${status} with max-age`,
      steps: twice(FRESH, 'handler', status),
      difference:
        'RFC 9111 §3 allows any final status; one bad request or moment must not deny a page to all',
    })),
    { name: '206', steps: twice({ ...FRESH, 'content-range': 'bytes 0-3/9' }, 'handler', 206) },
  ],

  'Cache-Control parsing': [
    { name: 'names in any case', steps: twice({ 'cache-control': 'MAX-AGE=3600' }, 'cache') },
    { name: 'a quoted number', steps: twice({ 'cache-control': 'max-age="3600"' }, 'cache') },
    {
      name: 'other directives, with quoted commas',
      steps: twice({ 'cache-control': 'x="a, max-age=0", max-age=3600' }, 'cache'),
    },
    {
      name: 'no-store within quotes is none',
      steps: twice({ 'cache-control': 'x="no-store", max-age=3600' }, 'cache'),
    },
    {
      name: 'blanks and empty members',
      steps: twice({ 'cache-control': ' , ,max-age=3600 ,,' }, 'cache'),
    },
    { name: 'no number', steps: twice({ 'cache-control': 'max-age=abc' }, 'handler') },
    { name: 'a negative number', steps: twice({ 'cache-control': 'max-age=-1' }, 'handler') },
    { name: 'a fraction', steps: twice({ 'cache-control': 'max-age=3600.5' }, 'handler') },
    { name: 'without a value', steps: twice({ 'cache-control': 'max-age' }, 'handler') },
    {
      name: 'twice with different numbers',
      steps: twice({ 'cache-control': 'max-age=3600, max-age=0' }, 'handler'),
    },
    {
      name: 'the same in the other order',
      steps: twice({ 'cache-control': 'max-age=0, max-age=3600' }, 'handler'),
    },
    { name: 'no-store', steps: twice({ 'cache-control': 'max-age=3600, no-store' }, 'handler') },
    { name: 'No-Store', steps: twice({ 'cache-control': 'max-age=3600, No-Store' }, 'handler') },
    { name: 'private', steps: twice({ 'cache-control': 'max-age=3600, private' }, 'handler') },
    {
      name: 'private with fields',
      steps: twice({ 'cache-control': 'max-age=3600, private="x"' }, 'handler'),
      difference: 'RFC 9111 §5.2.2.7 allows to store it without the fields; here it is not stored',
    },
    {
      name: 'no-cache',
      steps: twice({ 'cache-control': 'max-age=3600, no-cache', etag: '"a"' }, 'handler'),
      difference:
        'RFC 9111 §5.2.2.4 allows to store and ask each time; the handler would run each time all the same',
    },
    {
      name: 'a directive that is not known',
      steps: twice({ 'cache-control': 'max-age=3600, x' }, 'cache'),
    },
    { name: 'public alone', steps: twice({ 'cache-control': 'public' }, 'handler') },
    {
      name: 'immutable and public',
      steps: twice({ 'cache-control': 'public, max-age=3600, immutable' }, 'cache'),
    },
    { name: 'Pragma of a response', steps: twice({ ...FRESH, pragma: 'no-cache' }, 'cache') },
  ],

  'Cache-Control of requests': [
    {
      name: 'no-cache of a stranger',
      steps: [
        { says: { headers: FRESH }, from: 'handler' },
        { ask: { headers: { 'cache-control': 'no-cache' } }, from: 'cache' },
      ],
      difference: 'RFC 9111 §5.2.1 is advice to a cache; here for those whom `when.bypass` names',
    },
    {
      name: 'no-cache of one who may',
      route: bypass,
      steps: [
        { says: { headers: FRESH, body: 'old' }, from: 'handler' },
        {
          ask: { headers: { 'cache-control': 'no-cache' } },
          says: { headers: FRESH, body: 'new' },
          from: 'handler',
          body: 'new',
        },
        { from: 'cache', body: 'new' },
      ],
    },
    {
      name: 'Pragma: no-cache of one who may',
      route: bypass,
      steps: [
        { says: { headers: FRESH }, from: 'handler' },
        { ask: { headers: { pragma: 'no-cache' } }, says: { headers: FRESH }, from: 'handler' },
      ],
    },
    {
      name: 'max-age=0 of one who may',
      route: bypass,
      steps: [
        { says: { headers: FRESH }, from: 'handler' },
        {
          ask: { headers: { 'cache-control': 'max-age=0' } },
          says: { headers: FRESH },
          from: 'handler',
        },
      ],
    },
    {
      name: 'max-age below the age',
      route: bypass,
      steps: [
        { says: { headers: { ...FRESH, age: '100' } }, from: 'handler' },
        {
          ask: { headers: { 'cache-control': 'max-age=50' } },
          says: { headers: FRESH },
          from: 'handler',
        },
      ],
    },
    {
      name: 'max-age above the age',
      route: bypass,
      steps: [
        { says: { headers: { ...FRESH, age: '100' } }, from: 'handler' },
        { ask: { headers: { 'cache-control': 'max-age=1000' } }, from: 'cache' },
      ],
    },
    {
      name: 'min-fresh beyond what is left',
      route: bypass,
      steps: [
        { says: { headers: { ...FRESH, age: '3500' } }, from: 'handler' },
        {
          ask: { headers: { 'cache-control': 'min-fresh=1000' } },
          says: { headers: FRESH },
          from: 'handler',
        },
      ],
    },
    {
      name: 'no-store is not stored',
      steps: [
        {
          ask: { headers: { 'cache-control': 'no-store' } },
          says: { headers: FRESH },
          from: 'handler',
        },
        { says: { headers: FRESH }, from: 'handler' },
        { ask: { headers: { 'cache-control': 'no-store' } }, from: 'cache' },
      ],
    },
    {
      name: 'only-if-cached of what is not',
      steps: [
        { ask: { headers: { 'cache-control': 'only-if-cached' } }, from: 'cache', status: 504 },
        { says: { headers: FRESH }, from: 'handler' },
        { ask: { headers: { 'cache-control': 'only-if-cached' } }, from: 'cache', status: 200 },
      ],
    },
  ],

  'what is not shared': [
    {
      name: 'Authorization',
      steps: [
        { ask: { headers: { authorization: 'a' } }, says: { headers: FRESH }, from: 'handler' },
        { says: { headers: FRESH }, from: 'handler' },
      ],
    },
    {
      name: 'Authorization with public',
      steps: [
        {
          ask: { headers: { authorization: 'a' } },
          says: { headers: { 'cache-control': 'public, max-age=3600' } },
          from: 'handler',
        },
        { ask: { headers: { authorization: 'a' } }, says: { headers: FRESH }, from: 'handler' },
      ],
      difference: 'RFC 9111 §3.5 allows it; here the route has to, by `store.authorization`',
    },
    {
      name: 'Authorization where the route allows it',
      route: { store: { authorization: true } },
      steps: [
        { ask: { headers: { authorization: 'a' } }, says: { headers: FRESH }, from: 'handler' },
        { ask: { headers: { authorization: 'a' } }, from: 'cache' },
      ],
    },
    {
      name: 'Set-Cookie',
      steps: twice({ ...FRESH, 'set-cookie': 'a=1' }, 'handler'),
      difference:
        'RFC 9111 §7.3 stores it unless told otherwise; here it is refused unless `store.setCookie` allows it',
    },
    {
      name: 'Set-Cookie that is removed',
      route: { store: { setCookie: 'remove' } },
      steps: [
        {
          says: { headers: { ...FRESH, 'set-cookie': 'a=1' } },
          from: 'handler',
          headers: { 'set-cookie': /a=1/ },
        },
        { from: 'cache', headers: { 'set-cookie': null } },
      ],
    },
    {
      name: 'fields of the connection',
      steps: [
        {
          says: { headers: { ...FRESH, 'keep-alive': 'timeout=77', 'proxy-authenticate': 'x' } },
          from: 'handler',
        },
        { from: 'cache', headers: { 'proxy-authenticate': null } },
      ],
    },
    {
      name: 'text/event-stream',
      steps: twice({ ...FRESH, 'content-type': 'text/event-stream' }, 'handler'),
    },
  ],

  Vary: [
    {
      name: 'the same field, another, and the first again',
      steps: [
        {
          ask: { headers: { foo: '1' } },
          says: { headers: { ...FRESH, vary: 'foo' } },
          from: 'handler',
        },
        {
          ask: { headers: { foo: '1' } },
          says: { headers: { ...FRESH, vary: 'foo' }, body: 'one' },
          from: 'handler',
        },
        {
          ask: { headers: { foo: '2' } },
          says: { headers: { ...FRESH, vary: 'foo' }, body: 'two' },
          from: 'handler',
        },
        { ask: { headers: { foo: '1' } }, from: 'cache', body: 'one' },
        { ask: { headers: { foo: '2' } }, from: 'cache', body: 'two' },
      ],
      difference:
        'the first response that names a field is not stored: a path has to be seen to vary by it first',
    },
    {
      name: 'absent is not the same as there',
      route: { key: { headers: ['foo'] } },
      steps: [
        { says: { headers: { ...FRESH, vary: 'foo' } }, from: 'handler' },
        {
          ask: { headers: { foo: '1' } },
          says: { headers: { ...FRESH, vary: 'foo' } },
          from: 'handler',
        },
        { from: 'cache' },
      ],
    },
    {
      name: 'two fields, in any order and case',
      route: { key: { headers: ['foo', 'bar'] } },
      steps: [
        {
          ask: { headers: { foo: '1', bar: '2' } },
          says: { headers: { ...FRESH, vary: 'Bar, FOO' } },
          from: 'handler',
        },
        { ask: { headers: { foo: '1', bar: '2' } }, from: 'cache' },
        {
          ask: { headers: { foo: '2', bar: '1' } },
          says: { headers: { ...FRESH, vary: 'foo, bar' } },
          from: 'handler',
        },
      ],
    },
    {
      name: 'a list in another notation',
      route: { key: { headers: ['accept-encoding'] } },
      steps: [
        {
          ask: { headers: { 'accept-encoding': 'gzip, br' } },
          says: { headers: FRESH },
          from: 'handler',
        },
        { ask: { headers: { 'accept-encoding': 'GZIP ,br' } }, from: 'cache' },
      ],
    },
    { name: 'Vary: *', steps: twice({ ...FRESH, vary: '*' }, 'handler') },
    { name: 'Vary: *, foo', steps: twice({ ...FRESH, vary: '*, foo' }, 'handler') },
    {
      name: 'more fields than eight',
      steps: twice({ ...FRESH, vary: 'a1,a2,a3,a4,a5,a6,a7,a8,a9' }, 'handler'),
      difference: 'a bound against responses that multiply without end',
    },
    { name: 'an empty Vary', steps: twice({ ...FRESH, vary: '' }, 'cache') },
  ],

  'conditional requests': [
    {
      name: 'If-None-Match that matches',
      steps: [
        { says: { headers: { ...FRESH, etag: '"a"' }, body: 'x' }, from: 'handler' },
        {
          ask: { headers: { 'if-none-match': '"a"' } },
          from: 'cache',
          status: 304,
          body: '',
          headers: { etag: '"a"' },
        },
        { ask: { headers: { 'if-none-match': '"b", "a"' } }, from: 'cache', status: 304 },
        { ask: { headers: { 'if-none-match': 'W/"a"' } }, from: 'cache', status: 304 },
        { ask: { headers: { 'if-none-match': '*' } }, from: 'cache', status: 304 },
      ],
    },
    {
      name: 'If-None-Match that does not',
      steps: [
        { says: { headers: { ...FRESH, etag: '"a"' }, body: 'x' }, from: 'handler' },
        { ask: { headers: { 'if-none-match': '"b"' } }, from: 'cache', status: 200, body: 'x' },
      ],
    },
    {
      name: 'a comma within a tag',
      steps: [
        { says: { headers: { ...FRESH, etag: '"a,b"' } }, from: 'handler' },
        { ask: { headers: { 'if-none-match': '"x", "a,b"' } }, from: 'cache', status: 304 },
      ],
    },
    {
      name: 'If-Modified-Since',
      steps: [
        { says: { headers: { ...FRESH, 'last-modified': inSeconds(-5_000) } }, from: 'handler' },
        {
          ask: { headers: { 'if-modified-since': inSeconds(-4_000) } },
          from: 'cache',
          status: 304,
        },
        {
          ask: { headers: { 'if-modified-since': inSeconds(-6_000) } },
          from: 'cache',
          status: 200,
        },
      ],
    },
    {
      name: 'If-None-Match goes before If-Modified-Since',
      steps: [
        {
          says: { headers: { ...FRESH, etag: '"a"', 'last-modified': inSeconds(-5_000) } },
          from: 'handler',
        },
        {
          ask: { headers: { 'if-none-match': '"b"', 'if-modified-since': inSeconds(0) } },
          from: 'cache',
          status: 200,
        },
      ],
    },
    {
      name: 'of what is not stored yet: the handler is asked for the whole',
      steps: [
        {
          ask: { headers: { 'if-none-match': '"a"' } },
          says: { headers: { ...FRESH, etag: '"a"' }, body: 'x' },
          from: 'handler',
          seen: { 'if-none-match': null },
          status: 304,
          body: '',
        },
        { from: 'cache', status: 200, body: 'x' },
      ],
    },
    {
      name: 'If-Match is for the handler',
      steps: [
        { says: { headers: { ...FRESH, etag: '"a"' } }, from: 'handler' },
        {
          ask: { headers: { 'if-match': '"b"' } },
          says: { status: 412 },
          from: 'handler',
          status: 412,
        },
      ],
    },
  ],

  'parts and heads': [
    {
      name: 'a range of what is stored',
      steps: [
        { says: { headers: FRESH, body: '0123456789' }, from: 'handler' },
        {
          ask: { headers: { range: 'bytes=2-4' } },
          from: 'cache',
          status: 206,
          body: '234',
          headers: { 'content-range': 'bytes 2-4/10', 'content-length': '3' },
        },
        { ask: { headers: { range: 'bytes=7-' } }, from: 'cache', status: 206, body: '789' },
        { ask: { headers: { range: 'bytes=-3' } }, from: 'cache', status: 206, body: '789' },
        { ask: { headers: { range: 'bytes=5-500' } }, from: 'cache', status: 206, body: '56789' },
        {
          ask: { headers: { range: 'bytes=10-' } },
          from: 'cache',
          status: 416,
          body: '',
          headers: { 'content-range': 'bytes */10' },
        },
      ],
    },
    {
      name: 'ranges that may be ignored',
      steps: [
        { says: { headers: FRESH, body: '0123456789' }, from: 'handler' },
        ...['bytes=0-1,3-4', 'lines=1-2', 'bytes=4-2', 'bytes=-', 'bytes=a-b'].map((range) => ({
          ask: { headers: { range } },
          from: 'cache' as const,
          status: 200,
          body: '0123456789',
        })),
      ],
    },
    {
      name: 'If-Range',
      steps: [
        { says: { headers: { ...FRESH, etag: '"a"' }, body: '0123456789' }, from: 'handler' },
        { ask: { headers: { range: 'bytes=0-1', 'if-range': '"a"' } }, from: 'cache', status: 206 },
        { ask: { headers: { range: 'bytes=0-1', 'if-range': '"b"' } }, from: 'cache', status: 200 },
        {
          ask: { headers: { range: 'bytes=0-1', 'if-range': 'W/"a"' } },
          from: 'cache',
          status: 200,
        },
      ],
    },
    {
      name: 'a range of what is not stored is for the handler',
      steps: [
        {
          ask: { headers: { range: 'bytes=0-1' } },
          says: { status: 206, headers: { ...FRESH, 'content-range': 'bytes 0-1/10' }, body: '01' },
          from: 'handler',
          seen: { range: 'bytes=0-1' },
          status: 206,
        },
        { says: { headers: FRESH, body: '0123456789' }, from: 'handler', body: '0123456789' },
      ],
    },
    {
      name: 'HEAD of what is stored',
      steps: [
        { says: { headers: FRESH, body: 'four' }, from: 'handler' },
        {
          ask: { method: 'HEAD' },
          from: 'cache',
          status: 200,
          body: '',
          headers: { 'content-length': '4' },
        },
      ],
    },
    {
      name: 'HEAD of what is not',
      steps: [
        { ask: { method: 'HEAD' }, says: { headers: FRESH }, from: 'handler' },
        { says: { headers: FRESH, body: 'x' }, from: 'handler', body: 'x' },
      ],
    },
  ],

  invalidation: [
    ...['POST', 'PUT', 'DELETE', 'PATCH'].map((method) => ({
      name: `${method} of the same target`,
      steps: [
        { says: { headers: FRESH }, from: 'handler' as const },
        { from: 'cache' as const },
        { ask: { method }, says: { status: 204 }, from: 'handler' as const },
        { says: { headers: FRESH }, from: 'handler' as const },
      ],
    })),
    {
      name: 'one that failed changes nothing',
      steps: [
        { says: { headers: FRESH }, from: 'handler' },
        { ask: { method: 'POST' }, says: { status: 500 }, from: 'handler' },
        { ask: { method: 'POST' }, says: { status: 404 }, from: 'handler' },
        { from: 'cache' },
      ],
    },
    ...['location', 'content-location'].map((name) => ({
      name: `${name} on the same host`,
      steps: [
        { ask: { path: '/b?c=1' }, says: { headers: FRESH }, from: 'handler' as const },
        {
          ask: { method: 'POST', path: '/a' },
          says: { status: 201, headers: { [name]: '/b?c=1' } },
          from: 'handler' as const,
        },
        { ask: { path: '/b?c=1' }, says: { headers: FRESH }, from: 'handler' as const },
      ],
    })),
    {
      name: 'Location on another host',
      steps: [
        { ask: { path: '/b' }, says: { headers: FRESH }, from: 'handler' },
        {
          ask: { method: 'POST', path: '/a' },
          says: { status: 201, headers: { location: 'http://evil.example/b' } },
          from: 'handler',
        },
        { ask: { path: '/b' }, from: 'cache' },
      ],
    },
    {
      name: 'tags of the route',
      route: { tags: ['all'] },
      steps: [
        { ask: { path: '/b' }, says: { headers: FRESH }, from: 'handler' },
        { ask: { method: 'POST', path: '/a' }, says: { status: 201 }, from: 'handler' },
        { ask: { path: '/b' }, says: { headers: FRESH }, from: 'handler' },
      ],
    },
    {
      name: 'safe methods change nothing',
      steps: [
        { says: { headers: FRESH }, from: 'handler' },
        { ask: { method: 'OPTIONS' }, says: { status: 204 }, from: 'handler' },
        { ask: { method: 'HEAD' }, from: 'cache' },
        { from: 'cache' },
      ],
    },
    {
      name: 'the response to POST is not stored',
      steps: [
        { ask: { method: 'POST' }, says: { headers: FRESH }, from: 'handler' },
        { says: { headers: FRESH }, from: 'handler' },
      ],
    },
  ],
}
