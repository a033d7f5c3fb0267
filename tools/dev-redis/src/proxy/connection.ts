import type { Socket } from 'node:net'
import { Framer } from '../resp/framer.ts'
import { type Command, isSubscribe, readCommand } from './command.ts'
import type { ArmedHold, CommandHolds } from './command-holds.ts'
import type { Direction, Faults } from './faults.ts'
import { Lane } from './lane.ts'
import { type MessageRules, readMessage } from './messages.ts'
import { Replies } from './replies.ts'
import { reset } from './reset.ts'
import type { ProxyStats } from './stats.ts'

/** One client's connection through a proxy. */
export interface Connection extends Faults {
  readonly id: number
  /** `subscriber` from its first SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE on. */
  readonly kind: 'commands' | 'subscriber'
  /** The name that the client gave itself with CLIENT SETNAME or HELLO. */
  readonly name: string | undefined
}

/** What the connections of a proxy share. */
export interface Shared {
  readonly holds: CommandHolds
  readonly rules: MessageRules
  readonly stats: ProxyStats
}

/** A command on its way, with the hold on its reply if there is one. */
interface Tracked extends Command {
  readonly hold: ArmedHold | undefined
}

/** Replies that say that the command was not executed; its client sends it again, elsewhere or whole. */
const NOT_EXECUTED = /^-(NOSCRIPT|MOVED|ASK|TRYAGAIN|LOADING|CLUSTERDOWN|READONLY|NOAUTH) /

/** Both sockets of a connection, and the two lanes between them. */
export class ProxyConnection implements Connection {
  readonly id: number
  kind: Connection['kind'] = 'commands'
  name: string | undefined
  readonly #client: Socket
  readonly #server: Socket
  readonly #lanes: Readonly<Record<Direction, Lane>>
  readonly #shared: Shared
  readonly #replies = new Replies<Tracked>()
  /** Holds whose reply is still to come on this connection. */
  readonly #expecting = new Set<ArmedHold>()

  constructor(id: number, client: Socket, server: Socket, shared: Shared, closed: () => void) {
    this.id = id
    this.#client = client
    this.#server = server
    this.#shared = shared
    const { stats } = shared
    const swallowed = (bytes: number): void => void (stats.bytesSwallowed += bytes)
    this.#lanes = {
      up: new Lane(client, server, { sent: (n) => void (stats.bytesUp += n), swallowed }),
      down: new Lane(server, client, { sent: (n) => void (stats.bytesDown += n), swallowed }),
    }
    this.#read(client, 'up', (frame) => this.#command(frame))
    this.#read(server, 'down', (frame) => this.#arrival(frame))
    for (const socket of [client, server]) {
      socket.once('close', () => {
        if (!client.destroyed || !server.destroyed) return
        for (const lane of Object.values(this.#lanes)) lane.clear()
        closed()
      })
    }
    server.once('close', () => {
      // No reply can come any more: these wait for the next command that they match.
      for (const hold of this.#expecting) hold.isTaken = false
      this.#expecting.clear()
    })
  }

  hold(direction?: Direction): void {
    for (const lane of this.#select(direction)) lane.hold()
  }

  release(direction?: Direction): void {
    for (const lane of this.#select(direction)) lane.release()
  }

  delay(ms: number): void {
    for (const lane of this.#select()) lane.delay(ms)
  }

  drop(direction: Direction, on = true): void {
    const lane = this.#lanes[direction]
    lane.drop(on)
    if (!on && lane.hasHole) this.cut()
  }

  cut(): void {
    this.#shared.stats.cut++
    this.destroy()
  }

  /** Ends both sides with a reset, as a host does that knows nothing of the connection. */
  destroy(): void {
    for (const socket of [this.#client, this.#server]) reset(socket)
  }

  #select(direction?: Direction): readonly Lane[] {
    return direction === undefined ? Object.values(this.#lanes) : [this.#lanes[direction]]
  }

  #read(socket: Socket, direction: Direction, take: (frame: Buffer) => void): void {
    const framer = new Framer()
    const lane = this.#lanes[direction]
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      for (const frame of framer.push(chunk)) take(frame)
    })
    socket.once('end', () => lane.end('fin'))
    socket.on('error', () => lane.end('reset'))
  }

  #command(frame: Buffer): void {
    const command = readCommand(frame)
    if (command === undefined) {
      this.#lanes.up.send(frame)
      return
    }
    this.#shared.stats.commands++
    if (isSubscribe(command)) this.kind = 'subscriber'
    this.name = readName(command) ?? this.name
    const hold = this.#shared.holds.take(command)
    const onReply = hold?.at === 'reply' ? hold : undefined
    if (onReply !== undefined) this.#expecting.add(onReply)
    this.#replies.sent({ ...command, hold: onReply })
    this.#lanes.up.send(frame, hold?.at === 'command' ? hold.gate : undefined)
    if (hold?.at === 'command') hold.arrive(command)
  }

  #arrival(frame: Buffer): void {
    const arrival = this.#replies.received(frame)
    if (arrival.kind === 'message') {
      this.#message(frame, arrival.words)
    } else if (arrival.kind === 'push') {
      this.#lanes.down.send(frame)
    } else {
      this.#shared.stats.replies++
      this.#reply(frame, arrival.command)
    }
  }

  #reply(frame: Buffer, command: Tracked | undefined): void {
    const hold = command?.hold
    if (command === undefined || hold === undefined || !this.#expecting.delete(hold)) {
      this.#lanes.down.send(frame)
    } else if (NOT_EXECUTED.test(frame.toString('latin1', 0, 20))) {
      hold.isTaken = false
      this.#lanes.down.send(frame)
    } else {
      this.#lanes.down.send(frame, hold.gate)
      hold.arrive(command)
    }
  }

  #message(frame: Buffer, words: readonly Buffer[]): void {
    const { stats, rules } = this.#shared
    stats.messages++
    const send = (): void => this.#lanes.down.send(frame)
    const verdict = rules.judge(readMessage(words), send)
    if (verdict === 'pass' || verdict === 'duplicate') send()
    if (verdict === 'duplicate') {
      send()
      stats.messagesDuplicated++
    } else if (verdict === 'hold') stats.messagesHeld++
    else if (verdict === 'drop') stats.messagesDropped++
  }
}

function readName({ name, args }: Command): string | undefined {
  const at = name === 'HELLO' ? args.findIndex((arg) => /^setname$/i.test(String(arg))) : 0
  const isNaming =
    name === 'HELLO' ? at >= 0 : name === 'CLIENT' && /^setname$/i.test(String(args[0]))
  return isNaming ? String(args[at + 1]) : undefined
}
