/** The message by which a process says that it serves. */
export interface Ready {
  readonly type: 'ready'
  /** 0 if it serves nothing. */
  readonly port: number
}

const END_WITHIN = 1_000

/**
 * Makes this process one of the demo's: it ends when its parent disconnects or dies, after `close`.
 * Gives what it was started with.
 */
export function startedWith<Config>(close: () => Promise<void> | void): Config {
  // The parent may have gone while the modules were loaded.
  if (!process.connected) process.exit()
  process.once('disconnect', () => {
    setTimeout(() => process.exit(), END_WITHIN)
    void Promise.resolve(close()).finally(() => process.exit())
  })
  return JSON.parse(process.argv[2] as string) as Config
}

/** Sends a message to the parent, which may be gone. */
export function tell<Message extends { readonly type: string }>(message: Message): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
