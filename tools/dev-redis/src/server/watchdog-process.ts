/**
 * The watchdog: runs beside the process that started servers and outlives it by a moment. Reads
 * orders from its standard input, one JSON document per line; when that ends, it ends everything
 * that is still on its list. SIGKILL, since it also works on a stopped process.
 */
import { rmSync } from 'node:fs'
import { request } from 'node:http'
import { createInterface } from 'node:readline'

/** Something to end with the parent, or, without `what`, the word that `id` is gone already. */
export interface Order {
  readonly id: number
  readonly what: Doomed | undefined
}

/** What the watchdog can end: a process, a folder, or a container, asked of Docker's API. */
export type Doomed =
  | { readonly pid: number }
  | { readonly folder: string }
  | { readonly container: string; readonly docker: DockerAddress }

/** Where Docker's API is, in the words of node:http. */
export interface DockerAddress {
  readonly socketPath?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
}

const list = new Map<number, Doomed>()

// A terminal or a runner that ends a whole group or tree means the parent; its end is our cue.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, what }: Order = JSON.parse(line)
    if (what === undefined) list.delete(id)
    else list.set(id, what)
  })
  .on('close', () => {
    // Processes first: a server would go on writing into its folder.
    for (const what of list.values()) if ('pid' in what) endProcess(what.pid)
    for (const what of list.values()) {
      if ('folder' in what) rmSync(what.folder, { recursive: true, force: true, maxRetries: 20 })
      if ('container' in what) endContainer(what.container, what.docker)
    }
  })

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already, as we want it.
  }
}

function endContainer(container: string, docker: DockerAddress): void {
  const { socketPath, host, port } = docker
  const where = socketPath === undefined ? { host, port } : { socketPath }
  request({ ...where, method: 'DELETE', path: `/containers/${container}?force=true&v=true` })
    .on('error', () => {
      // Docker is gone, and nobody is left to hear about it.
    })
    .end()
}
