import { expect, test } from 'vitest'
import { decode, RespError } from '../src/resp/decode.ts'
import { Framer } from '../src/resp/framer.ts'

const FRAMES = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':42\r\n',
  '$5\r\nhello\r\n',
  '$0\r\n\r\n',
  '$-1\r\n',
  '$8\r\na\r\nb\r\n\r\n\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*2\r\n$1\r\na\r\n:1\r\n',
  '*3\r\n*2\r\n+a\r\n*0\r\n$-1\r\n*1\r\n*1\r\n*1\r\n+deep\r\n',
  '_\r\n',
  '#t\r\n',
  ',3.14\r\n',
  '(3492890328409238509324850943850943825024385\r\n',
  '!5\r\nERR x\r\n',
  '=7\r\ntxt:abc\r\n',
  '%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n',
  '%0\r\n',
  '~2\r\n+a\r\n+b\r\n',
  '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\n\r\n\r\n',
  '|1\r\n+ttl\r\n:3\r\n$5\r\nvalue\r\n',
  '*2\r\n|1\r\n+ttl\r\n:3\r\n:1\r\n:2\r\n',
  '|0\r\n+x\r\n',
  'PING inline\r\n',
]
const STREAM = Buffer.from(FRAMES.join(''), 'latin1')

function cut(...chunks: readonly Buffer[]): string[] {
  const framer = new Framer()
  const frames = chunks.flatMap((chunk) => framer.push(chunk)).map((f) => f.toString('latin1'))
  expect(framer.pending).toBe(0)
  return frames
}

test('a stream is cut into its values', () => {
  expect(cut(STREAM)).toEqual(FRAMES)
})

test('the values are the same wherever the stream is split', () => {
  for (let at = 0; at <= STREAM.length; at++) {
    expect(cut(STREAM.subarray(0, at), STREAM.subarray(at))).toEqual(FRAMES)
  }
})

test('the values are the same when the stream comes byte by byte, or in any two pieces of three', () => {
  expect(cut(...[...STREAM].map((byte) => Buffer.from([byte])))).toEqual(FRAMES)
  for (let size = 2; size < 40; size++) {
    const pieces: Buffer[] = []
    for (let at = 0; at < STREAM.length; at += size) pieces.push(STREAM.subarray(at, at + size))
    expect(cut(...pieces)).toEqual(FRAMES)
  }
})

test('a value comes out with the byte that completes it, not later', () => {
  for (const text of FRAMES) {
    const framer = new Framer()
    const frame = Buffer.from(text, 'latin1')
    for (const [i, byte] of frame.entries()) {
      const frames = framer.push(Buffer.from([byte]))
      expect(frames).toHaveLength(i === frame.length - 1 ? 1 : 0)
    }
  }
})

test('a large value in many chunks is put together once', () => {
  const payload = Buffer.alloc(32 * 1024 * 1024, 'x')
  const bytes = Buffer.concat([
    Buffer.from(`*1\r\n$${payload.length}\r\n`),
    payload,
    Buffer.from('\r\n'),
  ])
  const framer = new Framer()
  const started = performance.now()
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 4096) {
    frames.push(...framer.push(bytes.subarray(at, at + 4096)))
  }
  expect(frames).toHaveLength(1)
  expect(frames[0]?.equals(bytes)).toBe(true)
  // Joining at each of the 8192 chunks would copy 128 GB.
  expect(performance.now() - started).toBeLessThan(5000)
})

/** A decoded value with texts in place of bytes. */
function read(text: string): unknown {
  return plain(decode(Buffer.from(text)))
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  return Buffer.isBuffer(value) ? String(value) : value
}

test('a value is read with its elements, without its attributes', () => {
  expect(read('%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n')).toEqual(['a', '1', 'b', ['2']])
  expect(read('*2\r\n|1\r\n+ttl\r\n:3\r\n:1\r\n$-1\r\n')).toEqual(['1', null])
  expect(read('|1\r\n+ttl\r\n:3\r\n$5\r\nvalue\r\n')).toBe('value')
  expect(read('!5\r\nERR x\r\n')).toEqual(new RespError('ERR x'))
  expect(read('ECHO  it\r\n')).toEqual(['ECHO', 'it'])
})
