/** A RESP value: texts and numbers as bytes, aggregates (maps too) as flat arrays, an error as itself. */
export type RespValue = Buffer | null | RespError | RespValue[]

/** An error reply; its message begins with the code, such as `MOVED` or `NOSCRIPT`. */
export class RespError extends Error {
  override readonly name = 'RespError'
}

/** Reads one complete value, as `Framer` cuts them; attributes before it are skipped. */
export function decode(frame: Buffer): RespValue {
  return read({ frame, at: 0 })
}

interface Cursor {
  readonly frame: Buffer
  at: number
}

function read(cursor: Cursor): RespValue {
  const { frame, at } = cursor
  const lineEnd = frame.indexOf('\r\n', at)
  const line = frame.subarray(at + 1, lineEnd)
  cursor.at = lineEnd + 2
  switch (String.fromCharCode(frame[at] ?? 0)) {
    case '$':
    case '=':
      return readBulk(cursor, Number(line.toString('latin1')))
    case '!':
      return new RespError(String(readBulk(cursor, Number(line.toString('latin1')))))
    case '-':
      return new RespError(line.toString())
    case '_':
      return null
    case '*':
    case '~':
    case '>':
      return readMany(cursor, Number(line.toString('latin1')))
    case '%':
      return readMany(cursor, Number(line.toString('latin1')) * 2)
    case '|':
      readMany(cursor, Number(line.toString('latin1')) * 2)
      return read(cursor)
    case '+':
    case ':':
    case ',':
    case '#':
    case '(':
      return line
    default:
      // An inline command: the words of the line.
      return frame
        .toString('utf8', at, lineEnd)
        .trim()
        .split(/\s+/)
        .map((word) => Buffer.from(word))
  }
}

function readBulk(cursor: Cursor, length: number): Buffer | null {
  if (length < 0) return null
  const bytes = cursor.frame.subarray(cursor.at, cursor.at + length)
  cursor.at += length + 2
  return bytes
}

function readMany(cursor: Cursor, count: number): RespValue[] | null {
  return count < 0 ? null : Array.from({ length: count }, () => read(cursor))
}
