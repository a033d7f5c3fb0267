import type { Meta } from '../tiers.ts'
import { META_BYTES } from './scripts/script.ts'

/** Where the numbers begin. */
const NUMBERS = 72

/**
 * Reads the meta strings of one shard, each at the beginning of a reply. Most carry the same one as the
 * reply before, or the same names.
 */
export class MetaReader {
  #bytes: Buffer = Buffer.alloc(META_BYTES)
  #meta: Meta | undefined

  parseIfAny(bytes: Buffer | null | undefined): Meta | undefined {
    return bytes?.length === META_BYTES ? this.parse(bytes) : undefined
  }

  parse(bytes: Buffer): Meta {
    const known = this.#meta
    if (known !== undefined && this.#isSame(bytes, META_BYTES)) return known
    const { line, inc } =
      known !== undefined && this.#isSame(bytes, NUMBERS) ? known : namesIn(bytes)
    bytes.copy(this.#bytes, 0, 0, META_BYTES) // the reply may be a view of a whole socket read
    this.#meta = {
      line,
      inc,
      seq: bytes.readDoubleBE(NUMBERS),
      tseq: bytes.readDoubleBE(NUMBERS + 8),
      clr: bytes.readDoubleBE(NUMBERS + 16),
    }
    return this.#meta
  }

  #isSame(bytes: Buffer, length: number): boolean {
    return this.#bytes.compare(bytes, 0, length, 0, length) === 0
  }
}

function namesIn(bytes: Buffer): Pick<Meta, 'line' | 'inc'> {
  return { line: bytes.toString('latin1', 0, 16), inc: bytes.toString('latin1', 16, 32) }
}
