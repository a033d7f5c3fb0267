import { decode } from '../resp/decode.ts'
import { type Command, isSubscription } from './command.ts'

/** What a value from the server is. */
export type Arrival<C extends Command> =
  | { readonly kind: 'reply'; readonly command: C | undefined; readonly isLast: boolean }
  | { readonly kind: 'message'; readonly words: readonly Buffer[] }
  | { readonly kind: 'push' }

interface Pending<C extends Command> {
  readonly command: C
  /** Replies that are still to come. */
  missing: number
}

const MESSAGES: ReadonlySet<string> = new Set(['message', 'pmessage', 'smessage'])

/**
 * Says which command each value from the server answers.
 *
 * Replies come in the order of the commands, one for each, with these exceptions: messages, and in
 * RESP3 all pushes, answer nothing; a subscription command is answered once for each channel (a
 * bare UNSUBSCRIBE for each channel that there is, or once if there is none), unless by an error.
 * Not understood: CLIENT REPLY OFF and SKIP, MONITOR, PSYNC.
 */
export class Replies<C extends Command> {
  readonly #pending: Pending<C>[] = []
  /** Channels of each family: '', 'p' and 's'. */
  readonly #channels = new Map<string, Set<string>>()
  #hasSubscribed = false
  #isResp3 = false

  /** A command goes to the server. */
  sent(command: C): void {
    if (isSubscription(command)) this.#hasSubscribed = true
    const missing = isSubscription(command) ? command.args.length : 1
    this.#pending.push({ command, missing })
  }

  /** A value came from the server. */
  received(frame: Buffer): Arrival<C> {
    const isPush = frame[0] === PUSH
    if (isPush) this.#isResp3 = true
    // In RESP2 these are arrays like any other, which come after a subscription command only.
    if (isPush || (this.#hasSubscribed && !this.#isResp3 && frame[0] === ARRAY)) {
      const words = readWords(frame)
      const verb = String(words[0])
      if (MESSAGES.has(verb)) return { kind: 'message', words }
      const [head] = this.#pending
      if (head?.command.name === verb.toUpperCase()) return this.#confirmed(head, verb, words)
      if (isPush) return { kind: 'push' }
    }
    const answered = this.#pending.shift()?.command
    if (answered?.name === 'HELLO' && frame[0] !== ERROR) {
      this.#isResp3 = String(answered.args[0]) === '3'
    }
    return { kind: 'reply', command: answered, isLast: true }
  }

  /** One channel of a subscription command was confirmed. */
  #confirmed(head: Pending<C>, verb: string, words: readonly Buffer[]): Arrival<C> {
    const family = verb.replace(/(un)?subscribe$/, '')
    const channels = this.#channels.get(family) ?? new Set()
    this.#channels.set(family, channels)
    const channel = String(words[1])
    if (verb.includes('unsub')) channels.delete(channel)
    else channels.add(channel)
    head.missing--
    const isBare = head.command.args.length === 0
    const isLast = isBare ? channels.size === 0 : head.missing === 0
    if (isLast) this.#pending.shift()
    return { kind: 'reply', command: head.command, isLast }
  }
}

const PUSH = 0x3e
const ARRAY = 0x2a
const ERROR = 0x2d

/** The texts and numbers of an array; what else may be in it is left out. */
function readWords(frame: Buffer): Buffer[] {
  const value = decode(frame)
  return Array.isArray(value) ? value.filter((word) => Buffer.isBuffer(word)) : []
}
