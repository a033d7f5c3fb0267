/** Where progress of slow steps goes, one line each. */
export type Log = (line: string) => void

/** The log used when the caller gives none. */
export const logToStderr: Log = (line) => {
  process.stderr.write(`[redis] ${line}\n`)
}
