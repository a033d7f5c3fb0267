import type { Command } from './command.ts'
import { Gate } from './gate.ts'

/** Which command is meant: by name, by bytes within one of its arguments, or by a function. */
export type CommandMatcher =
  | { readonly command?: string | readonly string[]; readonly includes?: string | Buffer }
  | ((command: Command) => boolean)

/** How long a hold waits for its command. */
export interface HoldOptions {
  /** Milliseconds. @default 10000 */
  readonly timeout?: number
}

/** A hold on the next command that matches, or on its reply. */
export interface CommandHold {
  /** Resolves once the command, or its reply, waits in the proxy; rejects after the timeout. */
  readonly arrived: Promise<Command>
  /** Lets it go on, with all that waits behind it. Before the arrival: holds nothing any more. */
  release(): void
}

/** A hold as the connections see it. */
export class ArmedHold implements CommandHold {
  readonly at: 'command' | 'reply'
  readonly matches: (command: Command) => boolean
  readonly arrived: Promise<Command>
  /** Shut until the release. */
  readonly gate: Gate = new Gate()
  /** True while it waits for the reply to the command that it took. */
  isTaken = false
  #resolve: (command: Command) => void = () => {}
  #reject: (reason: Error) => void = () => {}
  readonly #timer: NodeJS.Timeout
  readonly #forget: (hold: ArmedHold) => void

  constructor(
    at: ArmedHold['at'],
    matcher: CommandMatcher,
    { timeout = 10_000 }: HoldOptions,
    forget: (hold: ArmedHold) => void,
  ) {
    this.at = at
    this.matches = toPredicate(matcher)
    this.#forget = forget
    this.arrived = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever awaits it hears of a failure; a test that lets go of it does not fail for it.
    this.arrived.catch(() => {})
    this.#timer = setTimeout(() => this.#end(`none came within ${timeout} ms`), timeout).unref()
  }

  /** What it waited for is in the proxy. */
  arrive(command: Command): void {
    clearTimeout(this.#timer)
    this.#resolve(command)
  }

  release(): void {
    this.#end('released before one came')
  }

  #end(reason: string): void {
    clearTimeout(this.#timer)
    this.#forget(this)
    // Without effect after the arrival.
    this.#reject(new Error(`no ${this.at} to hold: ${reason}`))
    this.gate.open()
  }
}

/** The holds of a proxy, oldest first. Each one takes one command, and a command is taken by one. */
export class CommandHolds {
  readonly #holds = new Set<ArmedHold>()

  add(at: ArmedHold['at'], matcher: CommandMatcher, options: HoldOptions = {}): CommandHold {
    const hold = new ArmedHold(at, matcher, options, (gone) => this.#holds.delete(gone))
    this.#holds.add(hold)
    return hold
  }

  /** The hold that wants this command, which from now on belongs to it. */
  take(command: Command): ArmedHold | undefined {
    for (const hold of this.#holds) {
      if (hold.isTaken || !hold.matches(command)) continue
      hold.isTaken = true
      return hold
    }
    return undefined
  }

  /** Releases them all. */
  clear(): void {
    for (const hold of this.#holds) hold.release()
  }
}

function toPredicate(matcher: CommandMatcher): (command: Command) => boolean {
  if (typeof matcher === 'function') return matcher
  const { command, includes } = matcher
  const names = command === undefined ? undefined : [command].flat().map((n) => n.toUpperCase())
  return ({ name, args }) =>
    (names === undefined || names.includes(name)) &&
    (includes === undefined || args.some((arg) => arg.includes(includes)))
}
