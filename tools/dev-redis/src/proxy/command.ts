import { decode } from '../resp/decode.ts'

/** A command as a client sent it. */
export interface Command {
  /** Its name in capitals. */
  readonly name: string
  readonly args: readonly Buffer[]
}

/** Reads a command; undefined for an empty line, which a server does not answer. */
export function readCommand(frame: Buffer): Command | undefined {
  const words = decode(frame)
  if (!Array.isArray(words)) return undefined
  const [name, ...args] = words.filter((word) => Buffer.isBuffer(word))
  return name === undefined || name.length === 0
    ? undefined
    : { name: name.toString('latin1').toUpperCase(), args }
}

const SUBSCRIPTIONS: ReadonlySet<string> = new Set([
  'SUBSCRIBE',
  'PSUBSCRIBE',
  'SSUBSCRIBE',
  'UNSUBSCRIBE',
  'PUNSUBSCRIBE',
  'SUNSUBSCRIBE',
])

/** True for the commands that are answered once for each channel. */
export function isSubscription({ name }: Command): boolean {
  return SUBSCRIPTIONS.has(name)
}

/** True for the commands that make a connection a subscriber. */
export function isSubscribe(command: Command): boolean {
  return isSubscription(command) && !command.name.includes('UNSUB')
}
