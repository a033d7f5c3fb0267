import type { Recorder } from '../messages.ts'

/** How long a source may be silent when the client has left. */
const SILENCE = 1_000

/**
 * The body, of which `recorder` is told while the client reads it. If the client leaves, the source is read on for as
 * long as the recorder has use for it, so that who waits for the same response gets it.
 */
export function recordedBody(
  body: ReadableStream<Uint8Array>,
  recorder: Recorder,
): ReadableStream<Uint8Array> {
  return new ReadableStream(new RecordedBody(body, recorder))
}

class RecordedBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #recorder: Recorder
  #hasLeft = false

  constructor(body: ReadableStream<Uint8Array>, recorder: Recorder) {
    this.#reader = body.getReader()
    this.#recorder = recorder
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const chunk = await this.#read()
    if (this.#hasLeft) return
    if (chunk === undefined) controller.close()
    else controller.enqueue(chunk)
  }

  cancel(reason: unknown): Promise<void> | undefined {
    this.#hasLeft = true
    if (!this.#recorder.isKeeping) return this.#cancel(reason)
    void this.#readOn().catch(() => {}) // the recorder was told, and nobody else is there
    return undefined
  }

  /** One chunk, `undefined` at the end; the recorder is told of either before the client. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      const { done, value: chunk } = await this.#reader.read()
      if (done) await this.#recorder.end()
      else if (chunk instanceof Uint8Array) this.#recorder.write(chunk)
      else throw new TypeError('a part of the body of a Response is no Uint8Array')
      return chunk
    } catch (error) {
      this.#recorder.abort()
      throw error
    }
  }

  async #readOn(): Promise<void> {
    const silent = (): void => void this.#cancel('the client has left').catch(() => {})
    let timer: NodeJS.Timeout | undefined
    for (let isDone = false; !isDone;) {
      timer = setTimeout(silent, SILENCE)
      isDone = await this.#read().then(
        (chunk) => chunk === undefined || !this.#recorder.isKeeping,
        () => true,
      )
      clearTimeout(timer)
    }
    await this.#cancel('the client has left')
  }

  async #cancel(reason: unknown): Promise<void> {
    this.#recorder.abort()
    await this.#reader.cancel(reason)
  }
}
