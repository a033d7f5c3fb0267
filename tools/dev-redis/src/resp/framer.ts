/**
 * Cuts a stream of RESP2 or RESP3 into its top-level values, each a `Buffer` with exactly its bytes.
 *
 * The scan is resumed where it stopped, never repeated: `#at` is the next unread byte, `#open` holds
 * for each aggregate around it how many elements are missing. Chunks are joined only once the bytes
 * that are known to be missing (`#need`) have come, so a large value costs one copy. A line that
 * begins with no RESP type is an inline command. Streamed values (`$?`, `*?`), which Redis never
 * sends, are not understood.
 */
export class Framer {
  #chunks: Buffer[] = []
  #length = 0
  #need = 0
  #at = 0
  readonly #open: number[] = []

  /** Takes the next bytes and gives the values that they complete. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length < this.#need) return []
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length)
    const frames: Buffer[] = []
    while (this.#step(bytes)) {
      if (this.#open.length > 0) continue
      frames.push(bytes.subarray(0, this.#at))
      bytes = bytes.subarray(this.#at)
      this.#at = 0
    }
    this.#chunks = bytes.length > 0 ? [bytes] : []
    this.#length = bytes.length
    return frames
  }

  /** Bytes of a value that is not complete yet. */
  get pending(): number {
    return this.#length
  }

  /** Reads one element; false if it is not all there yet. */
  #step(bytes: Buffer): boolean {
    const lineEnd = bytes.indexOf('\r\n', this.#at)
    if (lineEnd === -1) {
      this.#need = bytes.length + 1
      return false
    }
    const type = String.fromCharCode(bytes[this.#at] ?? 0)
    const end = lineEnd + 2
    if (type === '$' || type === '=' || type === '!') {
      const length = Number(bytes.toString('latin1', this.#at + 1, lineEnd))
      this.#need = length < 0 ? end : end + length + 2
      if (bytes.length < this.#need) return false
      this.#at = this.#need
      this.#close()
      return true
    }
    const children = AGGREGATES[type]
    if (children === undefined) {
      this.#at = end
      this.#close()
      return true
    }
    const count = Number(bytes.toString('latin1', this.#at + 1, lineEnd)) * children
    // Attributes and the value that they describe count as one element of what is around them.
    const missing = type === '|' ? count + 1 : count
    this.#at = end
    if (missing > 0) this.#open.push(missing)
    else this.#close()
    return true
  }

  /** One element is complete, and with it each aggregate of which it was the last. */
  #close(): void {
    while (this.#open.length > 0) {
      const left = (this.#open.pop() ?? 0) - 1
      if (left > 0) {
        this.#open.push(left)
        return
      }
    }
  }
}

/** How many elements each unit of an aggregate's count stands for. */
const AGGREGATES: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 }
