import type { Socket } from 'node:net'

/**
 * Ends a socket with a reset, and loses what is still to be written: the other side may never read it.
 * One whose end is on its way is closed instead: Node refuses its reset and then never closes the
 * handle, which keeps the file open and, at its end, the process from ending.
 */
export function reset(socket: Socket): void {
  if (!socket.writableEnded) socket.resetAndDestroy()
  socket.destroy()
}
