import type { CommandHold, CommandMatcher, HoldOptions } from './command-holds.ts'
import type { ConnectionSet } from './connection-set.ts'
import type { Faults } from './faults.ts'
import type { HeldMessages, MessageMatcher } from './messages.ts'
import type { ProxyStats } from './stats.ts'

/** Where the chance of a share of messages comes from. */
export interface ChanceOptions {
  /** Gives numbers from 0 to 1. @default Math.random */
  readonly random?: () => number
}

/** The server behind a proxy. */
export type ProxyTarget = { readonly host: string; readonly port: number } | string

/**
 * A server of its own on loopback that stands between clients and a Redis. Faults done to the proxy
 * concern the connections that it has and those that it will have, until they are taken back.
 */
export interface Proxy extends Faults, AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly stats: Readonly<ProxyStats>
  /** Connections that are open now, all or by kind. */
  connections(): ConnectionSet
  subscribers(): ConnectionSet
  commands(): ConnectionSet
  /** Accepts no new connections, which fail at once; those that are there go on. @default on */
  refuse(on?: boolean): Promise<void>
  /** Swallows everything, also what new connections send, until `heal`. */
  partition(): void
  /** Takes back every fault, hold and filter; cuts the connections that lost bytes. */
  heal(): Promise<void>
  /**
   * Holds the reply to the next command that matches, and all that follows it on its connection: the
   * server has executed the command, and the client does not know. A reply that says that it was not
   * executed (NOSCRIPT, MOVED and such) passes, and the command that repeats it is the next one.
   * Within MULTI the reply is QUEUED: hold EXEC instead.
   */
  holdReply(matcher: CommandMatcher, options?: HoldOptions): CommandHold
  /** Holds the next command that matches, and all that follows it on its connection. */
  holdCommand(matcher: CommandMatcher, options?: HoldOptions): CommandHold
  /** Loses messages to subscribers; gives a function that ends it. */
  dropMessages(matcher: MessageMatcher, options?: ChanceOptions): () => void
  /** Sends messages to subscribers twice; gives a function that ends it. */
  duplicateMessages(matcher: MessageMatcher, options?: ChanceOptions): () => void
  /** Sets messages to subscribers aside, while replies pass. */
  holdMessages(matcher?: MessageMatcher): HeldMessages
  /** Ends the proxy and all its connections. */
  stop(): Promise<void>
}
