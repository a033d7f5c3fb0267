import { connect } from 'node:net'
import { decode, RespError, type RespValue } from './decode.ts'
import { Framer } from './framer.ts'

/** Where to ask. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Sends one command over a connection of its own; rejects on an error reply and after `ms`. */
export function ask(
  { host, port }: Address,
  command: readonly (string | number)[],
  ms = 2000,
): Promise<Exclude<RespValue, RespError>> {
  return new Promise((resolve, reject) => {
    const framer = new Framer()
    const socket = connect({ host, port }, () => socket.write(encode(command)))
    const fail = (why: string): void => {
      socket.destroy()
      reject(new Error(`${host}:${port} ${why}`))
    }
    socket.setTimeout(ms, () => fail(`gave no answer to ${command[0]} in ${ms} ms`))
    socket.once('error', (error) => fail(error.message))
    socket.once('close', () => fail('closed the connection'))
    socket.on('data', (chunk: Buffer) => {
      const [frame] = framer.push(chunk)
      if (frame === undefined) return
      socket.destroy()
      const reply = decode(frame)
      if (reply instanceof RespError) reject(reply)
      else resolve(reply)
    })
  })
}

/** The elements of a reply as texts. */
export function texts(reply: RespValue): string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}

function encode(command: readonly (string | number)[]): Buffer {
  const words = command.map((word) => Buffer.from(String(word)))
  return Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n')]),
  ])
}
