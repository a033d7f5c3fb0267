/** One message of PostgreSQL's protocol, whole. */
export interface Message {
  /** Its letter; '' for those that a connection begins with, which have none. */
  readonly type: string
  readonly bytes: Buffer
}

/** Codes of a connection's first message that ask for encryption, of TLS and of GSSAPI, before it begins anew. */
const ENCRYPTION = new Set([80877103, 80877104])

/**
 * Cuts what one side of a connection sends into whole messages: a letter, a length that counts itself, and the rest.
 * A client begins with messages that have no letter.
 */
export async function* messages(
  chunks: AsyncIterable<Buffer>,
  side: 'client' | 'server',
): AsyncGenerator<Message> {
  let rest: Buffer = Buffer.alloc(0)
  let isTyped = side === 'server'
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const before = isTyped ? 1 : 0
      if (rest.length < before + 4) break
      const end = before + rest.readUInt32BE(before)
      if (rest.length < end) break
      const bytes = rest.subarray(0, end)
      rest = rest.subarray(end)
      yield { type: isTyped ? String.fromCharCode(bytes[0] as number) : '', bytes }
      if (!isTyped) isTyped = !asksForEncryption({ type: '', bytes })
    }
  }
}

export function asksForEncryption({ type, bytes }: Message): boolean {
  return type === '' && bytes.length === 8 && ENCRYPTION.has(bytes.readUInt32BE(4))
}

/** The text at `offset`, which ends with a zero. */
export function textAt(bytes: Buffer, offset: number): string {
  return bytes.toString('utf8', offset, bytes.indexOf(0, offset))
}
