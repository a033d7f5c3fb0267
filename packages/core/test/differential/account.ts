import type { Message } from '../../src/bus.ts'
import type { Acquired, L2Read, Meta, Replay } from '../../src/tiers.ts'
import type { TwinIntents, TwinLog, TwinMeta } from '../twin/shard-twin.ts'
import type { State } from './state.ts'

/** An instant of a server's clock, in milliseconds: the same on both within what an operation took. */
export class Instant {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }
}

/**
 * What one of the two servers said, without what differs by nature: names that it drew at random are
 * counted in the order in which they are seen, numbers counted from where their line began.
 */
export class Account {
  readonly #names = new Map<string, string>()
  readonly #lines: { readonly name: string; readonly begin: number }[] = []

  meta(meta: Meta | undefined): unknown {
    if (meta === undefined) return 'none'
    const { line, inc, seq, tseq, clr } = meta
    const name = this.#name(line)
    const isKnown = this.#lines.some((known) => known.name === name)
    if (!isKnown) this.#lines.push({ name, begin: Math.min(seq, tseq, clr) })
    const numbers = [seq, tseq, clr].map((number) => this.#number(number))
    return [name, this.#name(inc), ...numbers]
  }

  read({ meta, frames, records }: L2Read): unknown {
    return {
      meta: this.meta(meta),
      frames: frames.map((frame) => frame && this.#entry(frame)),
      records: records.map((record) => record && this.#number(record)),
    }
  }

  acquired({ meta, leases, isMutating }: Acquired): unknown {
    return {
      meta: this.meta(meta),
      isMutating,
      leases: leases.map(({ fence, token, isLeader, expiresAt }) => {
        const end = expiresAt === 0 ? 'none' : new Instant(expiresAt)
        return [this.#name(fence), this.#name(token), isLeader, end]
      }),
    }
  }

  replay({ meta, messages }: Replay): unknown {
    return { meta: this.meta(meta), messages: messages.map((item) => this.#item(item)) }
  }

  message({ line, inc, seq, payload }: Message): unknown {
    return [this.#name(line), this.#name(inc), this.#number(seq), payload]
  }

  state({ values, ends }: State): unknown {
    const meta = values.get('m') as TwinMeta | undefined
    const told: Record<string, unknown> = {
      m: [this.meta(meta), meta && this.#name(meta.server)],
    }
    for (const part of [...values.keys()].toSorted()) {
      const value = values.get(part)
      if (value === undefined || part === 'm') continue
      const end = ends.get(part) as number
      told[part] = {
        value: this.#value(part, value),
        end: end === Infinity ? 'never' : new Instant(end),
      }
    }
    return told
  }

  #value(part: string, value: NonNullable<ReturnType<State['values']['get']>>): unknown {
    if (part === 'log') {
      const { last, items } = value as TwinLog
      return { last: this.#number(last), items: items.map((item) => this.#item(item)) }
    }
    if (part === 'i') {
      const intents = [...(value as TwinIntents)].toSorted(([a], [b]) => (a < b ? -1 : 1))
      return Object.fromEntries(intents.map(([member, until]) => [member, new Instant(until)]))
    }
    if (part.startsWith('t:')) return this.#number(value as number)
    return part.startsWith('e:') ? this.#entry(value as Buffer) : this.#name(value as string)
  }

  #entry(bytes: Buffer): unknown {
    if (bytes.length < 32) return bytes.toString('hex')
    const line = bytes.toString('latin1', 16, 32)
    const isOurs = this.#names.has(line)
    return {
      expiresAt: new Instant(bytes.readDoubleBE(0)),
      start: isOurs ? this.#number(bytes.readDoubleBE(8)) : bytes.toString('hex', 8, 16),
      line: isOurs ? this.#name(line) : line,
      frame: bytes.toString('hex', 32),
    }
  }

  #name(text: string): string {
    let name = this.#names.get(text)
    if (name === undefined) this.#names.set(text, (name = `#${this.#names.size}`))
    return name
  }

  /** Lines begin at the clock, microseconds apart: the last that began before is the one that is meant. */
  #number(number: number): string {
    const line = this.#lines.findLast(({ begin }) => begin <= number + 2) ?? { name: '', begin: 0 }
    return `${line.name}+${number - line.begin}`
  }

  #item({ seq, payload }: { readonly seq: number; readonly payload: string }): unknown {
    return [this.#number(seq), payload]
  }
}

/** Where two accounts differ first, in words. */
export function difference(
  twin: unknown,
  real: unknown,
  slack: number,
  path = '',
): string | undefined {
  if (twin instanceof Instant && real instanceof Instant) {
    const isSame = twin.ms === real.ms || Math.abs(twin.ms - real.ms) <= slack
    return isSame ? undefined : `${path}: the twin ${twin.ms}, Redis ${real.ms}, slack ${slack}`
  }
  if (isParts(twin) && isParts(real)) {
    for (const key of new Set([...Object.keys(twin), ...Object.keys(real)])) {
      const found = difference(twin[key], real[key], slack, `${path}.${key}`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (Object.is(twin, real)) return undefined
  return `${path}: the twin ${JSON.stringify(twin)}, Redis ${JSON.stringify(real)}`
}

function isParts(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
