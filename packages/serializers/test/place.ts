import type { CodecContext } from '../src/index.ts'

/** Where the values of these tests live. */
export const place: CodecContext = { namespace: 'shop', key: 'user:42' }
