/** Counters since the proxy started. */
export interface ProxyStats {
  /** Connections accepted. */
  accepted: number
  /** Connections destroyed by `cut`, or when they had lost bytes. */
  cut: number
  /** Commands that came from clients. */
  commands: number
  /** Replies that came from the server. */
  replies: number
  /** Pub/sub messages that came from the server. */
  messages: number
  /** Pub/sub messages that a filter dropped, held or sent twice. */
  messagesDropped: number
  messagesHeld: number
  messagesDuplicated: number
  /** Bytes that were sent on. */
  bytesUp: number
  bytesDown: number
  /** Bytes that were swallowed. */
  bytesSwallowed: number
}

/** All counters at zero. */
export function newStats(): ProxyStats {
  return {
    accepted: 0,
    cut: 0,
    commands: 0,
    replies: 0,
    messages: 0,
    messagesDropped: 0,
    messagesHeld: 0,
    messagesDuplicated: 0,
    bytesUp: 0,
    bytesDown: 0,
    bytesSwallowed: 0,
  }
}
