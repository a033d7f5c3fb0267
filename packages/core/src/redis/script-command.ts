import type { Command } from 'ioredis'
import type { Argument } from './client.ts'

type CommandClass = typeof Command
/** Makes the command that runs a script; its reply is left as bytes. */
export type ScriptCommand = (name: 'evalsha' | 'eval', args: readonly Argument[]) => Command

const AS_BYTES = { replyEncoding: null }

/**
 * ioredis makes a buffer of each argument beside one that is bytes, and then one of all: for a script
 * that takes half of what sending it costs. Here they are written into one at once.
 */
export function scriptCommandOf(Base: CommandClass): ScriptCommand {
  class WholeCommand extends Base {
    override toWritable(socket: object): string | Buffer {
      const { args } = this as unknown as { readonly args: readonly (string | Buffer)[] }
      return args.some((arg) => typeof arg !== 'string')
        ? encoded(this.name, args)
        : super.toWritable(socket)
    }
  }
  return (name, args) => new WholeCommand(name, args as Argument[], AS_BYTES)
}

/** As RESP: an array of bulk strings. What lies between two arguments that are bytes is one string. */
function encoded(name: string, args: readonly (string | Buffer)[]): Buffer {
  const texts: string[] = []
  const bytes: Buffer[] = []
  let text = `*${args.length + 1}\r\n$${name.length}\r\n${name}\r\n`
  let size = 0
  for (const arg of args) {
    if (typeof arg === 'string') text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`
    else {
      text += `$${arg.length}\r\n`
      texts.push(text)
      bytes.push(arg)
      size += Buffer.byteLength(text) + arg.length
      text = '\r\n'
    }
  }
  const command = Buffer.allocUnsafe(size + Buffer.byteLength(text))
  let at = 0
  for (const [i, part] of bytes.entries()) {
    at += command.write(texts[i] as string, at)
    at += part.copy(command, at)
  }
  command.write(text, at)
  return command
}
