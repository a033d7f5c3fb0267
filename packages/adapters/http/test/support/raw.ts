import { once } from 'node:events'
import { connect } from 'node:net'

/** Most time that one exchange may take: then it hangs. */
const BOUND = 10_000

/**
 * Sends bytes as they are, and gives back what comes until the other side, or ours after its answer, ends the
 * connection. Rejects when nothing comes at all.
 */
export async function send(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.setTimeout(BOUND, () => socket.destroy(new Error('hangs')))
  socket.on('error', () => {}) // a reset is an answer, too; told apart from a hang by `close`
  let isHung = false
  socket.once('timeout', () => {
    isHung = true
  })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.end(bytes)
  await once(socket, 'close')
  if (isHung) throw new Error('hangs')
  return Buffer.concat(chunks).toString('latin1')
}
