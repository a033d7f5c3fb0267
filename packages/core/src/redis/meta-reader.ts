import type { Meta } from '../tiers.ts'
import { META_BYTES } from './scripts/script.ts'

/** Reads the meta strings of one shard: most replies carry the same one as the reply before. */
export class MetaReader {
  #bytes: Buffer | undefined
  #meta: Meta | undefined

  parseIfAny(bytes: Buffer | null | undefined): Meta | undefined {
    return bytes?.length === META_BYTES ? this.parse(bytes) : undefined
  }

  parse(bytes: Buffer): Meta {
    if (this.#meta === undefined || this.#bytes?.equals(bytes) !== true) {
      this.#bytes = Buffer.from(bytes) // a copy: the reply may be a view of a whole socket read
      this.#meta = {
        line: bytes.toString('latin1', 0, 16),
        inc: bytes.toString('latin1', 16, 32),
        seq: bytes.readDoubleBE(72),
        tseq: bytes.readDoubleBE(80),
        clr: bytes.readDoubleBE(88),
      }
    }
    return this.#meta
  }
}
