/** What an error of ioredis has beside its message. */
interface ClientError {
  command?: { readonly name: string; readonly args?: unknown }
  /** Of a Cluster that could not be reached. */
  readonly lastNodeError?: unknown
}

/**
 * The same error without the arguments of its command: those of `AUTH` are a password, and those of a script
 * values, and errors get into logs.
 */
export function bare(error: unknown): unknown {
  for (let part = error; part instanceof Error; part = (part as ClientError).lastNodeError) {
    const { command } = part as ClientError
    if (command?.args !== undefined) (part as ClientError).command = { name: command.name }
  }
  return error
}
