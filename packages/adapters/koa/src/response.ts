import { Readable, Transform, type TransformCallback, Writable, pipeline } from 'node:stream'
import { pipeline as piped } from 'node:stream/promises'
import type { Answer, Fields, Recorder } from '@tiercel/http'
import type { Context } from 'koa'

/** Answers with a stored response; fields that were set before for this client stay, if it does not have them too. */
export function answer(context: Context, { status, headers, body }: Answer): void {
  context.remove('Content-Type')
  context.body = body ?? null
  // Koa guesses one from the body.
  if (headers['content-type'] === undefined) context.remove('Content-Type')
  context.status = status
  context.set(headers as Record<string, string | string[]>)
}

/**
 * Tells `recorder` what the middleware behind has answered, as Koa will send it. What middleware before goes on to do
 * with it is done again for each client, so it is not recorded. `inherited` are fields of this client alone.
 */
export async function recordResponse(
  context: Context,
  recorder: Recorder,
  inherited: Fields,
): Promise<void> {
  if (context.respond === false) return recorder.abort()
  const { status, response } = context
  const { headers, instead } = recorder.head(status, response.headers, inherited)
  const body = partsOf(context.body)
  if (instead === undefined) context.set(headers)
  if (body instanceof Readable && instead === undefined) return pass(context, body, recorder)
  if (body instanceof Readable) await piped(body, new Recorded(recorder), nowhere())
  else {
    if (body !== undefined) recorder.write(body)
    // Without a body Koa writes one of its own, except for some statuses.
    if (body === undefined && !BODILESS.has(status)) recorder.abort()
    await recorder.end()
  }
  if (instead === undefined) return
  for (const name of Object.keys(response.headers))
    if (!Object.hasOwn(inherited, name)) context.remove(name)
  answer(context, instead)
}

const BODILESS = new Set([204, 205, 304])

/** Lets a stream pass to the client, and its recorder know. */
function pass(context: Context, body: Readable, recorder: Recorder): void {
  const { 'content-length': length } = context.response.headers
  const recorded = new Recorded(recorder)
  pipeline(body, recorded, (error) => {
    if (!error) return
    recorder.abort()
    if (context.headerSent) context.res.destroy() // Koa 2 would leave its client waiting
  })
  context.body = recorded
  if (length !== undefined) context.set('Content-Length', String(length))
}

/** What Koa makes of a body. */
function partsOf(body: unknown): Uint8Array | Readable | undefined {
  if (body === null || body === undefined) return undefined
  if (typeof body === 'string') return Buffer.from(body)
  if (Buffer.isBuffer(body) || body instanceof Readable) return body
  if (body instanceof Blob) return Readable.fromWeb(body.stream())
  if (body instanceof ReadableStream) return Readable.fromWeb(body)
  if (body instanceof Response) return partsOf(body.body ?? '')
  if (isStream(body)) return new Readable({ objectMode: false }).wrap(body)
  return Buffer.from(JSON.stringify(body))
}

/** A stream of another make, or one that is readable among other things. */
function isStream(body: object): body is NodeJS.ReadableStream {
  return 'pipe' in body && typeof body.pipe === 'function'
}

/** Passes everything on, and tells a recorder; of the end before the client has it. */
class Recorded extends Transform {
  readonly #recorder: Recorder

  constructor(recorder: Recorder) {
    super()
    this.#recorder = recorder
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#recorder.write(chunk)
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    const finish = (): void => done()
    const wait = this.#recorder.end()
    if (wait === undefined) done()
    else void wait.then(finish, finish) // what failed was reported where it did
  }
}

function nowhere(): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done()
    },
  })
}
