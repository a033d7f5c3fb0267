// The default import: a Node without zstd has no such export, which a named import would trip over.
import zlib from 'node:zlib'

/** Compression algorithms by name; `zstd` needs Node 22.15. */
export type CompressionAlgorithm = 'zstd' | 'deflate' | 'brotli'

/** One algorithm of `node:zlib` with the settings that suit a cache. */
export interface Compression {
  /** Written into the bytes; never given a second meaning, and 0 is "not compressed". */
  readonly method: number
  readonly isAvailable: boolean
  compress(bytes: Uint8Array): Uint8Array
  /** Throws when more than `length` bytes come out, before there is memory for them. */
  decompress(bytes: Uint8Array, length: number): Uint8Array
}

const {
  BROTLI_PARAM_QUALITY,
  ZSTD_c_compressionLevel: ZSTD_LEVEL,
  ZSTD_d_windowLogMax: ZSTD_WINDOW_LIMIT,
} = zlib.constants

/** Compressed bytes may ask for this much working memory; what we write asks for a sixteenth. */
const ZSTD_WINDOW_LOG = 23

export const COMPRESSIONS: Readonly<Record<CompressionAlgorithm, Compression>> = {
  zstd: {
    method: 1,
    isAvailable: 'zstdCompressSync' in zlib,
    compress: (bytes) => zlib.zstdCompressSync(bytes, { params: { [ZSTD_LEVEL]: 1 } }),
    decompress: (bytes, length) =>
      zlib.zstdDecompressSync(bytes, {
        ...bounded(length),
        params: { [ZSTD_WINDOW_LIMIT]: ZSTD_WINDOW_LOG },
      }),
  },
  deflate: {
    method: 2,
    isAvailable: true,
    compress: (bytes) => zlib.deflateRawSync(bytes, { level: 1 }),
    decompress: (bytes, length) => zlib.inflateRawSync(bytes, bounded(length)),
  },
  brotli: {
    method: 3,
    isAvailable: true,
    // zlib's own default is a quality meant for files compressed once.
    compress: (bytes) => zlib.brotliCompressSync(bytes, { params: { [BROTLI_PARAM_QUALITY]: 4 } }),
    decompress: (bytes, length) => zlib.brotliDecompressSync(bytes, bounded(length)),
  },
}

/** In one chunk where it is small: `length` is a claim, so no more memory than this is risked on it. */
function bounded(length: number): { maxOutputLength: number; chunkSize: number } {
  return { maxOutputLength: length, chunkSize: Math.min(Math.max(length, 64), 1 << 20) }
}
