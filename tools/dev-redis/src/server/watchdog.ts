import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Order } from './watchdog-process.ts'

let pipe: Writable | undefined
let orders = 0

/**
 * Promises that what is named here ends with this process, however that ends: a process of its own
 * reads from a pipe that the system closes with us, and then cleans up. Gives a function that takes
 * the promise back, for what is gone already.
 */
export function endWithUs(what: Order['what']): () => void {
  const id = ++orders
  send({ id, what })
  return () => send({ id, what: undefined })
}

function send(order: Order): void {
  pipe ??= startWatchdog()
  pipe.write(`${JSON.stringify(order)}\n`)
}

function startWatchdog(): Writable {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('watchdog-process.ts', import.meta.url))],
    // A session of its own, so that Ctrl-C in the terminal does not end the watchdog before us.
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env },
  )
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  child.stdin.on('error', () => {
    // Somebody ended the watchdog. The next order starts another one.
    pipe = undefined
  })
  return child.stdin
}
