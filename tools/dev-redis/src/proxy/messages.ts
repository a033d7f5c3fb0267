import { until } from '../until.ts'

/** A pub/sub message on its way to a subscriber. */
export interface PubSubMessage {
  readonly channel: string
  readonly payload: Buffer
  /** The pattern by which it came, for `pmessage`. */
  readonly pattern?: string
}

/** Which messages are meant: a share of them (0 to 1, by chance), or those for which it is true. */
export type MessageMatcher = number | ((message: PubSubMessage) => boolean)

/** Messages that were set aside. */
export interface HeldMessages {
  /** Those that wait, oldest first. */
  readonly waiting: readonly PubSubMessage[]
  /** Resolves once so many wait. @default 1 */
  arrived(count?: number): Promise<void>
  /** Sends on the one at this place, or all, oldest first. */
  release(index?: number): void
  /** Loses the one at this place, or all. */
  discard(index?: number): void
  /** Holds no more, and sends on all that wait. */
  end(): void
}

/** What is to happen to a message now. */
export type Verdict = 'pass' | 'drop' | 'hold' | 'duplicate'

type Rule = (message: PubSubMessage, resend: () => void) => Verdict

/** The rules for messages; the first one that does not let a message pass decides. */
export class MessageRules {
  readonly #rules = new Set<Rule>()
  readonly #held = new Set<HeldMessages>()

  /** Adds a rule and gives a function that takes it back. */
  add(verdict: 'drop' | 'duplicate', matcher: MessageMatcher, random?: () => number): () => void {
    const matches = toPredicate(matcher, random)
    return this.#add((message) => (matches(message) ? verdict : 'pass'))
  }

  /** Adds a rule that sets messages aside. */
  hold(matcher: MessageMatcher): HeldMessages {
    const matches = toPredicate(matcher)
    const waiting: PubSubMessage[] = []
    const sends: (() => void)[] = []
    const remove = this.#add((message, resend) => {
      if (!matches(message)) return 'pass'
      waiting.push(message)
      sends.push(resend)
      return 'hold'
    })
    const take = (index: number | undefined): (() => void)[] => {
      const [from, count] = index === undefined ? [0, sends.length] : [index, 1]
      waiting.splice(from, count)
      return sends.splice(from, count)
    }
    const release = (index?: number): void => {
      for (const send of take(index)) send()
    }
    const held: HeldMessages = {
      waiting,
      arrived: async (count = 1) => {
        await until(`${count} held messages`, () => waiting.length >= count, { every: 1 })
      },
      release,
      discard: (index) => void take(index),
      end: () => {
        remove()
        release()
        this.#held.delete(held)
      },
    }
    this.#held.add(held)
    return held
  }

  /** Takes back all rules, and sends on what they held. */
  clear(): void {
    for (const held of this.#held) held.end()
    this.#rules.clear()
  }

  /** Decides about a message; `resend` sends it on if it is held and released. */
  judge(message: PubSubMessage, resend: () => void): Verdict {
    for (const rule of this.#rules) {
      const verdict = rule(message, resend)
      if (verdict !== 'pass') return verdict
    }
    return 'pass'
  }

  #add(rule: Rule): () => void {
    this.#rules.add(rule)
    return () => this.#rules.delete(rule)
  }
}

function toPredicate(
  matcher: MessageMatcher,
  random: () => number = Math.random,
): (message: PubSubMessage) => boolean {
  return typeof matcher === 'number' ? () => random() < matcher : matcher
}

/** Reads the words of a message, smessage or pmessage. */
export function readMessage(words: readonly Buffer[]): PubSubMessage {
  const message = { channel: String(words.at(-2)), payload: words.at(-1) ?? Buffer.alloc(0) }
  return words.length === 4 ? { ...message, pattern: String(words[1]) } : message
}
