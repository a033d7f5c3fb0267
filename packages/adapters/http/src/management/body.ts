import { type Body, isBody } from './json.ts'
import { Problem } from './problem.ts'

const MOST_BYTES = 262_144
/** How long a client may take to send it. */
const WITHIN = 10_000

/** The JSON object that is the body of `request`. @throws {Problem} */
export async function bodyOf(request: Request): Promise<Body> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Problem(415, 'media-type', 'The body must be application/json.')
  }
  const bytes = await read(request)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Problem(400, 'json', 'The body is not JSON.')
  }
  if (!isBody(value)) throw new Problem(422, 'json', 'The body must be a JSON object.')
  return value
}

async function read({ body }: Request): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0)
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>
  const parts: Uint8Array[] = []
  let size = 0
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const problem = new Problem(408, 'late', 'The body took too long.')
    timer = setTimeout(() => reject(problem), WITHIN)
  })
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late])
      if (done) return Buffer.concat(parts)
      size += value.byteLength
      if (size > MOST_BYTES) {
        throw new Problem(413, 'too-large', `The body must be at most ${MOST_BYTES} bytes.`)
      }
      parts.push(value)
    }
  } catch (error) {
    reader.cancel().catch(() => {}) // it is over already
    if (error instanceof Problem) throw error
    throw new Problem(400, 'body', 'The body is not whole.')
  } finally {
    clearTimeout(timer)
  }
}
