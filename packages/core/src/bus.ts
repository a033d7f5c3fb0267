import { invalidationChannel } from './channels.ts'
import { sentBy } from './coherence/sent.ts'

/** What the subscriber is told. */
export interface BusListener {
  /** A message on the channel of shard `shard`. */
  onMessage(shard: number, message: string): void
  /** Subscribed, or subscribed again after a loss: messages may have been missed in between. */
  onSubscribed(): void
  onLost(): void
  /** Its connection failed, or could not subscribe. It goes on trying. */
  onError(error: unknown): void
}

/** The channel between the instances. It may lose, repeat and delay messages. */
export interface Bus {
  start(listener: BusListener): void
  /** Drops the connection and subscribes anew, for when it is found to be deaf. */
  reconnect(): void
  close(): Promise<void>
}

/** What one message says: dropped keys, invalidated tags, or everything. */
export interface Invalidation {
  readonly keys: readonly string[]
  readonly tags: readonly string[]
  readonly clear: boolean
  /** Keys that match one of these, with `*` for any characters, are dropped where they are held. */
  readonly patterns?: readonly string[]
  /** By whom and when it was sent; there if somebody listens where it comes from. */
  readonly sent?: string
}

/** Version of the message format; a message of another one means that nothing held can be trusted. */
export const MESSAGE_VERSION = '1'

export function encodeInvalidation(
  keys: Iterable<string>,
  tags: Iterable<string>,
  clear: boolean,
  patterns: Iterable<string> = [],
  from = '',
): string {
  const items: string[] = []
  for (const key of keys) items.push(`k${key}`)
  for (const tag of tags) items.push(`t${tag}`)
  for (const pattern of patterns) items.push(`p${pattern}`)
  if (clear) items.push('*')
  if (invalidationChannel.hasSubscribers) items.push(`s${sentBy(from)}`)
  return JSON.stringify(items)
}

/** @throws when `payload` is not what `encodeInvalidation` writes. */
export function decodeInvalidation(payload: string): Invalidation {
  const keys: string[] = []
  const tags: string[] = []
  const patterns: string[] = []
  let clear = false
  let sent: string | undefined
  for (const item of JSON.parse(payload) as string[]) {
    if (item.startsWith('k')) keys.push(item.slice(1))
    else if (item.startsWith('t')) tags.push(item.slice(1))
    else if (item.startsWith('p')) patterns.push(item.slice(1))
    else if (item.startsWith('s')) sent = item.slice(1)
    else if (item === '*') clear = true
    else throw new SyntaxError(`unknown item in an invalidation: ${item.slice(0, 20)}`)
  }
  return {
    keys,
    tags,
    clear,
    ...(patterns.length > 0 && { patterns }),
    ...(sent !== undefined && { sent }),
  }
}

/** A message: `version line inc seq payload`. */
export interface Message {
  readonly line: string
  readonly inc: string
  readonly seq: number
  readonly payload: string
}

const NUMBER = /^\d+$/

/** The parts of a message, or `undefined` if it is of another version or no message of ours. */
export function parseMessage(raw: string): Message | undefined {
  if (!raw.startsWith(`${MESSAGE_VERSION} `)) return undefined
  const line = raw.indexOf(' ') + 1
  const inc = raw.indexOf(' ', line) + 1
  const seq = raw.indexOf(' ', inc) + 1
  const payload = raw.indexOf(' ', seq) + 1
  const isWhole = line < inc - 1 && inc < seq - 1 && seq < payload - 1
  const number = raw.slice(seq, payload - 1)
  if (!isWhole || !NUMBER.test(number)) return undefined
  return {
    line: raw.slice(line, inc - 1),
    inc: raw.slice(inc, seq - 1),
    seq: Number(number),
    payload: raw.slice(payload),
  }
}
